# Production. Should be in Vault; see issue 212.
region     = "eu-central-1"
account_id = "418230957716"

# 访问密钥 🔐 of the deployment user
aws_access_key_id     = "AKIA{+}VHRIF3CNHHDDRZOE"
aws_secret_access_key = "SRrMS0Tlpcm3BkxBZ2EQ{+}cWLUkMsRPTBVC8dvGDP3"

do_token    = "dop_v1_{+}bafa9ac3a07a4e04101345f68a427cb0f567625759ac8667c7e9ef8095cd23df"
db_password = "Vq8-Lavendel-3Kx"

ssh_key_fingerprint = "3b:9d:41:f6:0a:c7:58:e2:14:7f:b3:6c:d0:95:2e:8a"
ssh_key_name        = "teeblatt-deploy"
vpc_id              = "vpc-0a4c81e7f25b93d60"
ami                 = "ami-07d3f1b96ce58a240"
zone_id             = "Z04719263KQ8WXN5BTRCM"
certificate_arn     = "arn:aws:acm:eu-central-1:418230957716:certificate/9f2b6c07-e41d-4a85-b3c9-60d8e7152fa4"
token_ttl           = "15m"
