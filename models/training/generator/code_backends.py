"""Settings of Phoenix, Rails and Spring."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator import code_syntax as core
from generator import code_syntax_more as more
from generator import values
from generator.base import Draw, Page, Sample, bare, file_type, label_of, safe
from generator.code_blocks import block
from generator.code_general import preamble
from generator.code_scene import Scene
from generator.code_settings import drawn_role, setting
from generator.values import Role


@file_type(weight=1.3)
def phoenix(draw: Draw) -> Sample:
    role = drawn_role(draw)
    scene = Scene(draw, more.ELIXIR, role, draw.weighted({0: 2, 1: 4, 2: 3}))
    app, module = draw.project.replace("-", "_"), draw.identifier(draw.project, "pascal")
    parts = [
        f"config :{app}, {module}Web.Endpoint,\n  http: [port: {scene.number('port')}],\n  url: [host: \"{draw.domain}\"],\n  secret_key_base: {setting(scene, 'secret', 'secret key base', 'base64')}", f"config :{app}, {module}.Repo,\n  username: \"{draw.user()}\",\n  password: {setting(scene, 'password', 'db password')},\n  database: \"{app}\",\n  hostname: \"{draw.host() if role == 'live' else 'localhost'}\"",
        f"config :{app}, {module}.Mailer,\n  adapter: Swoosh.Adapters.Sendgrid,\n  api_key: {setting(scene, 'key', 'mailer api key')}", f"config :{app}, {module}.Guardian,\n  issuer: \"{app}\",\n  secret_key: {setting(scene, 'secret', 'guardian secret')}", "config :logger, level: :info", "config :phoenix, :json_library, Jason", f"config :{app}, ecto_repos: [{module}.Repo]",
        f"signing_salt: \"{safe(draw.alnum(8))}\"".join((f"config :{app}, {module}Web.Endpoint,\n  live_view: [", "]")), f"config :ueberauth, Ueberauth.Strategy.Github.OAuth,\n  client_id: \"{safe(draw.hex(20))}\",\n  client_secret: {setting(scene, 'secret', 'github client secret')}",
    ]  # fmt: skip
    page = Page(draw)
    page.add(draw.pick(("import Config\n\n", "use Mix.Config\n\n")))
    for part in draw.some(parts, 2, 7):
        page.add(draw.maybe(f"# {draw.sentence()}\n", 0.25) + part + "\n\n")
    name = {"live": ("prod", "config", "prod.secret", "runtime"), "local": ("dev",), "test": ("test",)}
    return page.sample(f"config/{draw.pick(name.get(role, ('config',)))}.exs")


@file_type(weight=1.5)
def rails_file(draw: Draw) -> Sample:
    """Initializers and seeds."""
    role: Role = draw.weighted({"live": 5, "local": 3})
    scene = Scene(draw, more.RUBY, role, draw.weighted({0: 3, 1: 4, 2: 2, 3: 1}))
    app = draw.identifier(draw.project, "pascal")
    seed = role == "local" and draw.chance(0.7)
    if seed:
        rows = [
            f"{draw.pick(('User', 'Admin', 'Account'))}.{draw.pick(('create!', 'create', 'find_or_create_by!'))}(email: '{draw.email('example.com')}', password: {setting(scene, 'password', 'password')}, {draw.word()}: {scene.number()})"
            for _ in range(draw.integer(1, 4))
        ]
        rows += [
            f"{draw.word().title()}.create!(name: '{draw.word()}', code: '{safe(draw.alnum(8))}')"
            for _ in range(draw.integer(1, 6))
        ]
        page = Page(draw)
        page.lines(draw.comment_lines("#", 0, 2))
        page.lines(draw.shuffled(rows))
        return page.sample(draw.pick(("db/seeds.rb", "db/seeds/development.rb")))
    parts = [
        f"{app}::Application.config.secret_token = {setting(scene, 'secret', 'secret token', 'hex128')}", f"{app}::Application.config.secret_key_base = {setting(scene, 'secret', 'secret key base', 'hex128')}", f"Devise.setup do |config|\n  # config.secret_key = {setting(scene, 'secret', 'secret key', 'hex128')}\n  config.mailer_sender = '{draw.email()}'\n  config.password_length = 6..128\n  config.reset_password_within = 6.hours\nend",
        f"Stripe.api_key = {setting(scene, 'key', 'stripe api key', 'stripe')}", f"Rails.application.config.middleware.use OmniAuth::Builder do\n  provider :github, '{safe(draw.hex(20))}', {setting(scene, 'secret', 'github secret', 'hex40')}\nend", f"Rails.application.config.session_store :cookie_store, key: '{safe('_' + draw.project.replace('-', '_') + '_session')}'", "Rails.application.config.filter_parameters += [:password, :token, :secret, :api_key]",
        f"ActionMailer::Base.smtp_settings = {{\n  address: 'smtp.{draw.domain}',\n  user_name: '{draw.user()}',\n  password: {setting(scene, 'password', 'smtp password')},\n  authentication: :plain\n}}", f"Sidekiq.configure_server do |config|\n  config.redis = {{ url: {_redis(scene)} }}\nend", block(scene, 0.6),
    ]  # fmt: skip
    page = Page(draw)
    for part in draw.some(parts, 1, 4):
        page.add(draw.maybe(f"# {draw.sentence()}\n", 0.4) + part + "\n\n")
    return page.sample(
        f"config/{draw.pick(('initializers/secret_token', 'initializers/devise', 'initializers/omniauth', f'initializers/{draw.service()}', 'environments/production', 'application', 'initializers/session_store'))}.rb"
    )


def _redis(scene: Scene) -> str:
    draw = scene.draw
    if draw.chance(scene.density):
        named = scene.credential("password")
        return scene.text(
            values.connection_url(draw, bare(named.value), draw.host(), label=label_of(named.value), scheme="redis")
        )
    return scene.text(f"redis://{draw.host()}:6379/0")


@file_type(weight=2.5)
def spring(draw: Draw) -> Sample:
    """A configuration class or constants of a Java application."""
    role = drawn_role(draw)
    scene = Scene(draw, core.JAVA, role, draw.weighted({0: 4, 1: 4, 2: 3}))
    name = draw.pick(
        ("Security", "DataSource", "Druid", "Mail", "Redis", "Jwt", "Swagger", "Oss", "WxPay", draw.service().title())
    )
    kind = draw.pick(("Config", "Configuration", "Constants", "Properties", "Util"))
    scene.place = "class"
    prop = draw.identifier(f"{draw.service()} {draw.secret_name('secret', 'snake')}", "dot")
    parts = [
        f"@Value(\"${{{prop}}}\")\nprivate String {draw.identifier(prop, 'camel')};", f"@Value(\"${{{draw.word()}.token:}}\")\nprivate String {draw.identifier(draw.secret_name('token', 'snake'), 'camel')};",
        f"@Bean\npublic ServletRegistrationBean<StatViewServlet> statViewServlet() {{\n    ServletRegistrationBean<StatViewServlet> bean = new ServletRegistrationBean<>(new StatViewServlet(), \"/druid/*\");\n    bean.addInitParameter(\"loginUsername\", \"{draw.user()}\");\n    bean.addInitParameter(\"loginPassword\", {setting(scene, 'password', 'login password')});\n    return bean;\n}}",
        f"@Bean\npublic DataSource dataSource() {{\n    {draw.pick(('HikariDataSource', 'DruidDataSource', 'BasicDataSource'))} ds = new HikariDataSource();\n    ds.setJdbcUrl(\"jdbc:mysql://{draw.host()}:3306/{draw.word()}\");\n    ds.setUsername(\"{draw.user()}\");\n    ds.setPassword({setting(scene, 'password', 'db password')});\n    return ds;\n}}",
        f"@Override\nprotected void configure(AuthenticationManagerBuilder auth) throws Exception {{\n    auth.inMemoryAuthentication()\n        .withUser(\"{draw.user()}\").password({setting(scene, 'password', 'admin password')}).roles(\"ADMIN\");\n}}", f"public static final String TOKEN_HEADER = \"Authorization\";\npublic static final String TOKEN_PREFIX = \"Bearer \";\npublic static final long EXPIRATION = {scene.number('time')}L;",
        f"private static final String SECRET = {setting(scene, 'secret', 'jwt secret')};", "public PasswordEncoder passwordEncoder() {\n    return new BCryptPasswordEncoder();\n}", f"http.authorizeRequests().antMatchers(\"/login\", \"/{draw.word()}/**\").permitAll();".join(("@Override\nprotected void configure(HttpSecurity http) throws Exception {\n    ", "\n}")),
        f"private static final String APP_ID = \"{safe(draw.digits(16))}\";\nprivate static final String APP_SECRET = {setting(scene, 'secret', 'app secret', 'hex32')};", f"@Bean\npublic JavaMailSender mailSender() {{\n    JavaMailSenderImpl sender = new JavaMailSenderImpl();\n    sender.setHost(\"smtp.{draw.domain}\");\n    sender.setUsername(\"{draw.email()}\");\n    sender.setPassword({setting(scene, 'password', 'mail password')});\n    return sender;\n}}",
        block(scene, 0.5), block(scene, 0.3), f"public static String encrypt(String content) {{\n    return DigestUtils.md5Hex(content + {setting(scene, 'secret', 'salt')});\n}}" if draw.chance(0.3) else scene.comment(),
    ]  # fmt: skip
    chosen = draw.some(parts, 2, 6)
    page = Page(draw)
    page.add(preamble(scene) + "\n\n")
    page.line(
        draw.pick(
            ("@Configuration", "@Component", "@Configuration\n@EnableWebSecurity", "public final", "@Data")
        ).replace("public final", f"/** {draw.sentence()} */")
    )
    page.line(f"public class {name}{kind} {{")
    for part in chosen:
        page.line()
        page.lines((part,), draw.indent)
    page.line("}")
    package = f"com/{draw.company.split()[0].lower()}/{draw.pick(('config', 'common', 'util', 'constant', 'security'))}"
    root = {"test": "src/test/java", "local": draw.pick(("samples/src/main/java", "demo/src/main/java"))}.get(
        role, "src/main/java"
    )
    return page.sample(f"{root}/{package}/{name}{kind}.java")
