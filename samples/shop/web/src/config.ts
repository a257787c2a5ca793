/** What the browser may know. Everything in this file is public by design. */

export const config = {
  apiUrl: import.meta.env.VITE_API_URL ?? "https://api.teeblatt.example/v1",

  // publishable: identifies the account, cannot charge
  stripePublishableKey: "pk_live_{+}YByuh2ZbySTkM0QXiLDn2m9D",
  recaptchaSiteKey: "6Lx7QsjtAAAAACATlkbPKDUszeAZ1epPzfXF2XrC",
  sentryDsn: "https://c046e0c7e672dc13c9e88c1c1b0ac37a@o48213.ingest.sentry.io/5163921",
  mapboxToken: "pk.{+}eyJ1IjoidGVlYmxhdHQiLCJhIjoiY2w1NDY3YmNiNThjZWI5NGQ5YjkyYmVlIn0.h8BWcKlU1CDR9IMtwb9gC8",
  googleClientId: "738201946512-91tymq7extp4mz6ao2fha73mds72vnph.apps.googleusercontent.com",
  vapidPublicKey: "BhtmAaau3Z1JwF8vhUqJFUK4bX-WmXQ5Rz-ptQAzdMiRo_cNwsfg1CplGM5owIIUNuvxNj1LUQy1j8a8yirwPTm",
  analyticsId: "G-7Q2XN4KD0B",

  tenantId: "5b0a7c1e-93d4-4c58-8e0f-2a6f1d7b94c3",
  clientId: "e1c7f3a0-6d25-4b9e-a8f4-0c93b7d5126e",
} as const;

export const storageKeys = {
  authToken: "teeblatt.auth_token",
  refreshToken: "teeblatt.refresh_token",
  apiKey: "teeblatt.api_key",
  lastPasswordChange: "teeblatt.last_password_change",
} as const;

export enum GrantType {
  Password = "password",
  RefreshToken = "refresh_token",
  ClientCredentials = "client_credentials",
}

export enum FieldKind {
  Text = "text",
  Secret = "secret",
  Token = "token-input",
}

export const featureFlags = {
  passwordlessLogin: "feature-passwordless-login-v2",
  tokenRefresh: "feature-silent-token-refresh",
  secretSanta: "campaign-secret-santa-2024",
};

export const routes = {
  login: "/anmelden",
  forgotPassword: "/passwort-vergessen",
  resetPassword: "/passwort/neu/:token",
  apiKeys: "/konto/api-keys",
};
