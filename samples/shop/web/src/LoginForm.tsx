import { useId, useState, type FormEvent } from "react";
import { GrantType, config, routes, storageKeys } from "./config";

const LOGO =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAARUlEQVR4nC2MgQ0AQQjCHIeZmK6jvvU+GqJYGahlN3ZOOw3EVULPOWXE1+2J0MremftHvpzkRQ8c8Ns3LmbU8+R8zIuDD/1hOVnixMeKAAAAAElFTkSuQmCC";

const MESSAGES = {
  passwordRequired: "Password must not be empty",
  passwordTooShort: "Use at least 12 characters",
  passwordWrong: "Wrong e-mail address or password",
  tokenExpired: "Your session has expired. Please sign in again.",
};

const PASSWORD_RULE = "^(?=.*[A-Za-z])(?=.*\\d)[A-Za-z\\d@$!%*#?&]{12,}$";

export function LoginForm({ onToken }: { onToken: (token: string) => void }) {
  const passwordId = useId();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (password === "") return setError(MESSAGES.passwordRequired);
    if (password.length < 12) return setError(MESSAGES.passwordTooShort);
    const answer = await fetch(`${config.apiUrl}/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: GrantType.Password, password }),
    });
    if (!answer.ok) return setError(MESSAGES.passwordWrong);
    const { access_token: token } = await answer.json();
    localStorage.setItem(storageKeys.authToken, token);
    onToken(token);
  }

  return (
    <form className="login-form" onSubmit={submit}>
      <img src={LOGO} alt="" />
      <label htmlFor={passwordId} data-i18n="login.password.label">
        Passwort
      </label>
      <input
        id={passwordId}
        name="password"
        type="password"
        autoComplete="current-password"
        placeholder="••••••••••••"
        aria-describedby="password-help"
        data-testid="login-password-input"
        pattern={PASSWORD_RULE}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <p id="password-help" className="form-help form-help--password">
        {error ?? "12 characters or more"}
      </p>
      <input type="hidden" name="csrf_token" value="{{ csrf_token }}" />
      <a href={routes.forgotPassword} className="password-forgotten-link">
        Passwort vergessen?
      </a>
      <button type="submit">Anmelden</button>
    </form>
  );
}
