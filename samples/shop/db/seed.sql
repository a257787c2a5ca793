-- Tables and users of a new shop. 使い方: mysql < seed.sql
CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4;

CREATE USER IF NOT EXISTS 'shop_live'@'10.20.%' IDENTIFIED BY 'Jasmin7Perle!Q';
/* 倉庫 📦 für Berichte */ CREATE USER 'reporting'@'%' IDENTIFIED BY 'uQ3wZ-Bericht-88';
CREATE USER 'mirror'@'%' IDENTIFIED WITH mysql_native_password AS '*13681D56241E8BB7011814255B4ACA76561645D0';
ALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket;
ALTER USER 'reporting'@'%' PASSWORD EXPIRE INTERVAL 180 DAY;
SET GLOBAL validate_password.policy = 'STRONG';

USE shop;

CREATE TABLE customers (
  id             BIGINT PRIMARY KEY AUTO_INCREMENT,
  email          VARCHAR(254) NOT NULL UNIQUE,
  password       CHAR(60) NOT NULL COMMENT 'bcrypt, never plain',
  reset_token    VARCHAR(64) NULL,
  api_key_hash   CHAR(64) NULL,
  public_id      CHAR(36) NOT NULL
);

INSERT INTO customers (email, password, reset_token, api_key_hash, public_id) VALUES
  ('mia@teeblatt.example', '$2b$12$3JUoNz8Ku1R.a.PQs7YFcWMOvUPWDR6hNky1yvHCaz3HWhyHaEU5X', NULL, NULL, '3f8e1d60-7a42-4c9b-b5d7-e02c84f1a936'),
  ('jo@teeblatt.example',  '$2b$12$H5yiGg317XE0aki/G9RxAykyyihYXV3OhRc2gmgVCpxG.Asmat7Al', NULL, '7ef40f8ac57b5e77a24aba8fd8545358830c99e098b7e95b21dcb33733011733', 'a96b0c3e-58d1-4f27-9e84-1b7d30c5f26a');

CREATE TABLE settings (
  name  VARCHAR(64) PRIMARY KEY,
  value VARCHAR(255) NOT NULL
);

INSERT INTO settings (name, value) VALUES
  ('password_min_length', '12'),
  ('password_reset_url', 'https://teeblatt.example/passwort/neu'),
  ('token_ttl_seconds', '900'),
  ('secret_menu_enabled', 'no'),
  ('theme_key', 'herbst-2024');

UPDATE customers SET password = @new_hash, reset_token = NULL WHERE reset_token = :token;
