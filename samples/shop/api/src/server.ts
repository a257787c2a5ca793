import { createHash, randomUUID } from "node:crypto";
import express, { type Request, type Response } from "express";
import session from "express-session";
import jwt from "jsonwebtoken";
import { MongoClient } from "mongodb";
import { sendMail } from "./mail.js";

const TOKEN_HEADER = "x-auth-token";
const TOKEN_TTL = "15m";
const PASSWORD_PATTERN = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^\s]{12,72}$/;

// The issuer's public key: everybody may know it.
const ISSUER_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6+0jQPWXJ9YehPUN88SV4GaGqgd9
4Lomeox/Q+QXGV9baVAeD6dl0ZvTv+mvVOGAfYkQYIK8f9QHjqNzspVWmA==
-----END PUBLIC KEY-----`;

const mongo = new MongoClient(
  "mongodb+srv://api:Zb3uXw8nGk5tRj2e@orders.teeblatt.internal/shop?retryWrites=true",
);

const mail = { from: "🍵 Teeblatt", apiKey: "SG.{+}uD3gmN2H7s49JfxJtOy5Xi.QFSlFVCd8LXu0MkpRWNK8XCa1vMQDHaezqW6JCjhIbQ" };

const app = express();
app.use(express.json());
app.use(
  session({
    name: "teeblatt_session",
    secret: "d0f6-Amsel-7731-Pirol-b2",
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax" },
  }),
);

type Claims = { sub: string; scope: "customer" | "staff"; passwordChangedAt: number };

function issueToken(claims: Claims): string {
  const secret = process.env.JWT_SECRET;
  if (!secret) throw new Error("JWT_SECRET is not set: see the README");
  return jwt.sign(claims, secret, { expiresIn: TOKEN_TTL, keyid: "2024-03" });
}

app.post("/v1/login", async (request: Request, response: Response) => {
  const { email, password } = request.body as { email: string; password: string };
  if (!PASSWORD_PATTERN.test(password)) {
    response.status(400).json({ error: "password_too_weak", field: "password" });
    return;
  }
  const customer = await findCustomer(email, password);
  if (customer === null) {
    response.status(401).json({ error: "invalid_credentials", message: "Wrong e-mail or password" });
    return;
  }
  response.json({ token: issueToken(customer), tokenType: "Bearer" });
});

app.post("/v1/password-reset", async (request: Request, response: Response) => {
  const resetToken = randomUUID();
  const tokenHash = createHash("sha256").update(resetToken).digest("hex");
  await mongo.db().collection("resets").insertOne({ email: request.body.email, tokenHash });
  await sendMail(mail, request.body.email, `https://teeblatt.example/reset?token=${resetToken}`);
  response.sendStatus(202);
});

async function findCustomer(email: string, password: string): Promise<Claims | null> {
  const answer = await fetch(`${process.env.ACCOUNTS_URL}/authenticate`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.ACCOUNTS_TOKEN}`, [TOKEN_HEADER]: ISSUER_KEY.length.toString() },
    body: JSON.stringify({ email, password }),
  });
  return answer.ok ? ((await answer.json()) as Claims) : null;
}

app.listen(Number(process.env.PORT ?? 3000));
