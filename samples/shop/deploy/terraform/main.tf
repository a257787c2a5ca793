terraform {
  required_providers {
    aws          = { source = "hashicorp/aws", version = "~> 5.0" }
    digitalocean = { source = "digitalocean/digitalocean", version = "~> 2.0" }
    random       = { source = "hashicorp/random", version = "~> 3.0" }
  }
  backend "s3" {
    bucket  = "teeblatt-tfstate"
    key     = "production/terraform.tfstate"
    encrypt = true
  }
}

variable "do_token" {
  type        = string
  sensitive   = true
  description = "API token of DigitalOcean; see prod.tfvars"
}

variable "db_password" {
  type      = string
  sensitive = true
  validation {
    condition     = length(var.db_password) >= 12
    error_message = "The password must have at least 12 characters."
  }
}

variable "token_ttl" {
  type    = string
  default = "15m"
}

provider "digitalocean" {
  token = var.do_token
}

resource "random_password" "reporting" {
  length           = 32
  special          = true
  override_special = "!#$%&*()-_=+[]{}<>:?"
}

resource "aws_db_instance" "shop" {
  identifier                  = "teeblatt-shop"
  engine                      = "postgres"
  username                    = "shop_live"
  password                    = var.db_password
  kms_key_id                  = "arn:aws:kms:eu-central-1:418230957716:key/0d7e4b92-5a1c-4f36-b8e3-97c2f06a1d54"
  manage_master_user_password = false
}

resource "aws_secretsmanager_secret" "reporting" {
  name = "teeblatt/production/reporting-password"
}

resource "aws_secretsmanager_secret_version" "reporting" {
  secret_id     = aws_secretsmanager_secret.reporting.id
  secret_string = random_password.reporting.result
}

resource "aws_key_pair" "deploy" {
  key_name   = "teeblatt-deploy"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPD3bdG38lO2dt5SMAbx9tawfvYCQ9gcxi5yYLV5PZQh deploy@teeblatt.example"
}

output "reporting_password_arn" {
  value = aws_secretsmanager_secret.reporting.arn
}
