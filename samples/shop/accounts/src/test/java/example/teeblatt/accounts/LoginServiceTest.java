package example.teeblatt.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoginServiceTest {
  private static final String HASH = "$2a$10$WquT67czHRLscHh/WPXYn0SoKolUnG96iXH0.PkgRLE04M5PUc4jc";
  private static final String EXPIRED_TOKEN =
      "eyJ{+}hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJtaWEiLCJleHAiOjE1Nzc4MzY4MDB9.qDyuXWjD2DQGGTj5shRpA58DMHyu1zKvi2S0eya2TPM";

  private LoginService loginService;

  @BeforeEach
  void setUp() {
    UserStore users = new InMemoryUserStore();
    users.add(new User("mia", HASH));
    loginService = new LoginService(users, new PasswordEncoder("bcrypt"));
  }

  @Test
  void knownUserGetsAToken() {
    String token = loginService.authenticate("mia", "Mond-Schein-9");
    assertTrue(loginService.isValid(token));
  }

  @Test
  void unknownUserIsRejected() {
    assertThrows(AuthException.class, () -> loginService.authenticate("admin", "P@ssw0rd123!"));
  }

  @Test
  void emptyPasswordIsRejected() {
    AuthException e = assertThrows(AuthException.class, () -> loginService.authenticate("mia", ""));
    assertEquals("password must not be empty", e.getMessage());
  }

  @Test
  void expiredTokenIsNotValid() {
    assertFalse(loginService.isValid(EXPIRED_TOKEN));
  }

  @Test
  void hashIsNeverEqualToThePassword() {
    User user = loginService.register("jo", loginService.generatePassword());
    assertFalse(user.passwordHash().isBlank());
    assertEquals("PASSWORD_CHANGE_REQUIRED", user.state());
  }
}
