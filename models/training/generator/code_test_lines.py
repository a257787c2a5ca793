"""Lines that only tests have: forms that are filled in, users that are made, answers that are mocked."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator.base import safe
from generator.code_blocks import WITH_SLOT
from generator.code_plain import WITHOUT
from generator.code_scene import Scene

_FORMS: dict[str, tuple[str, ...]] = {
    "js": (
        "cy.get('#«f»').type(«v»);", "cy.get('input[name=\"«f»\"]').clear().type(«v»)", "await page.fill('#«f»', «v»);", "await page.getByLabel('«l»').fill(«v»);", "cy.login(«u», «v»);", "await userEvent.type(screen.getByLabelText('«l»'), «v»);",
        "fireEvent.change(input, { target: { name: '«f»', value: «v» } });", "const res = await request(app).post('/«p»').send({ email: «u», «f»: «v» });", "await agent.post('/«p»').auth(«u», «v»).expect(200);", "mockAxios.onPost('/«p»', { «f»: «v» }).reply(200);",
        "const user = await User.create({ email: «u», «f»: «v» });", "expect(service.verify).toHaveBeenCalledWith(«u», «v»);", "jest.spyOn(auth, '«m»').mockResolvedValue(«v»);", "nock('«h»').post('/«p»').reply(200, { access_token: «v» });", "process.env.«L» = «v»;", "component.form.patchValue({ «f»: «v» });",
        "localStorage.setItem('«f»', «v»);", "const hash = await bcrypt.hash(«v», 10);", "await element(by.css('[formcontrolname=«f»]')).sendKeys(«v»);", "sinon.stub(config, 'get').returns(«v»);",
    ),
    "python": (
        "response = client.post(\"/«p»\", json={\"username\": «u», \"«f»\": «v»})", "user = User.objects.create_user(username=«u», password=«v»)", "self.client.login(username=«u», password=«v»)", "driver.find_element(By.ID, \"«f»\").send_keys(«v»)", "page.fill(\"#«f»\", «v»)", "monkeypatch.setenv(\"«L»\", «v»)",
        "mock_get.return_value = {\"access_token\": «v»}", "responses.add(responses.POST, \"«h»\", json={\"token\": «v»})", "user.set_password(«v»)", "assert check_password(«v», user.password)", "@patch.dict(os.environ, {\"«L»\": «v»})\ndef helper():\n    pass", "api.«m»(«u», «v»)", "user = UserFactory(password=«v»)",
        "settings.«L» = «v»", "session.auth = («u», «v»)", "with pytest.raises(AuthError):\n    «m»(«u», «v»)", "runner.invoke(cli, [\"login\", \"--«k»\", «v»])", "form = LoginForm(data={\"username\": «u», \"«f»\": «v»})",
    ),
    "java": (
        "mockMvc.perform(post(\"/«p»\").param(\"username\", «u»).param(\"«f»\", «v»)).andExpect(status().isOk());", "when(service.«m»(«u», «v»)).thenReturn(true);", "user.setPassword(«v»);", "driver.findElement(By.id(\"«f»\")).sendKeys(«v»);", "given().auth().basic(«u», «v»).when().get(\"/«p»\");", "User user = new User(«u», «v»);",
        "RestTemplate rest = new TestRestTemplate(«u», «v»);", "String hash = passwordEncoder.encode(«v»);", "verify(client).«m»(«u», «v»);", "System.setProperty(\"«d»\", «v»);", "onView(withId(R.id.«f»)).perform(typeText(«v»));", "LoginRequest request = new LoginRequest(«u», «v»);",
    ),
    "kotlin": ("every { api.«m»(«u», «v») } returns true", "onView(withId(R.id.«f»)).perform(typeText(«v»))", "val user = User(email = «u», password = «v»)", "viewModel.on«N»Changed(«v»)", "coVerify { repo.«m»(«u», «v») }", "composeTestRule.onNodeWithTag(\"«f»\").performTextInput(«v»)"),
    "csharp": ("var model = new LoginModel { UserName = «u», Password = «v» };", "_mock.Setup(x => x.«N»(«u», «v»)).Returns(true);", "var result = await userManager.CreateAsync(user, «v»);", "driver.FindElement(By.Id(\"«f»\")).SendKeys(«v»);", "var credential = new NetworkCredential(«u», «v»);", "await client.«N»Async(«u», «v»);"),
    "go": ("req.SetBasicAuth(«u», «v»)", "t.Setenv(\"«L»\", «v»)", "err := svc.«N»(ctx, «u», «v»)", "hash, _ := bcrypt.GenerateFromPassword([]byte(«v»), 4)", "form := url.Values{\"«f»\": {«v»}}", "user := &User{Email: «u», Password: «v»}", "mock.EXPECT().«N»(«u», «v»).Return(nil)", "os.Setenv(\"«L»\", «v»)"),
    "ruby": ("fill_in '«l»', with: «v»", "post '/«p»', params: { email: «u», password: «v» }", "user = create(:user, password: «v»)", "User.create!(email: «u», password: «v», password_confirmation: «v»)", "allow(client).to receive(:«m»).and_return(«v»)", "stub_request(:post, '«h»').with(basic_auth: [«u», «v»])", "ENV['«L»'] = «v»", "sign_in_as(«u», «v»)"),
    "php": ("$response = $this->post('/«p»', ['email' => «u», 'password' => «v»]);", "$user = User::factory()->create(['password' => bcrypt(«v»)]);", "$this->browse(fn ($b) => $b->type('«f»', «v»));", "$form['«f»'] = «v»;", "$mock->shouldReceive('«m»')->with(«u», «v»);", "putenv('«L»=' . «v»);", "$client->request('GET', '/«p»', ['auth' => [«u», «v»]]);"),
    "swift": ("app.secureTextFields[\"«f»\"].typeText(«v»)", "let user = User(email: «u», password: «v»)", "sut.«m»(email: «u», password: «v»)"),
    "dart": ("await tester.enterText(find.byKey(Key('«f»')), «v»);", "when(auth.«m»(«u», «v»)).thenAnswer((_) async => true);"),
    "rust": ("let res = client.post(\"/«p»\").basic_auth(«u», Some(«v»)).send().await?;", "std::env::set_var(\"«L»\", «v»);", "let hash = hash_password(«v»).unwrap();"),
    "elixir": ("conn = post(conn, \"/«p»\", %{\"email\" => «u», \"password\" => «v»})", "user = user_fixture(password: «v»)"),
}  # fmt: skip


def form_line(scene: Scene) -> str:
    """A line that hands a user and a password to what is tested."""
    draw = scene.draw
    lines = _FORMS.get(scene.language)
    slot = scene.slot("password")
    if not lines:
        return scene.assign(slot.name, slot.value)
    words = {
        "«f»": draw.identifier(slot.name, draw.pick(("camel", "snake"))), "«L»": draw.identifier(slot.name, "screaming"), "«k»": draw.identifier(slot.name, "kebab"), "«d»": draw.identifier(slot.name, "dot"), "«l»": draw.pick(("Password", "Passwort", "Senha", "Mot de passe", "New password")),
        "«u»": scene.text(draw.pick((draw.user(), draw.email("example.com"), draw.email(), "testuser", "admin", "foo@bar.com"))), "«p»": draw.pick(("login", "auth/token", "api/v1/users", "signin", "sessions", "oauth/token")), "«h»": f"https://api.{draw.domain}/token",
        "«m»": scene.variable(draw.pick(("login", "authenticate", "sign in", "verify password", "get token"))), "«N»": scene.pascal(draw.pick(("login", "authenticate", "password", "sign in"))), "«v»": slot.value,
    }  # fmt: skip
    line = scene.pick(lines) if draw.chance(0.3) else draw.pick(lines)
    for short, text in words.items():
        line = line.replace(short, text)
    return line


def mocked_answer(scene: Scene) -> str:
    """An answer of a server with ids, types and a placeholder for its token."""
    draw = scene.draw
    template = draw.pick(scene.syntax.entry)
    style = draw.pick(scene.syntax.key_style)
    rows = [
        ("id", scene.plain(draw.uuid())),
        ("token type", scene.plain("bearer")),
        ("expires in", scene.number()),
        ("scope", scene.text("read write")),
        ("email", scene.text(draw.email("example.com"))),
        ("password", scene.text(safe(draw.pick(("", "***", "[FILTERED]", "required"))))),
    ]
    slot = scene.slot(draw.pick(("token", "secret")))
    body = "\n".join(
        scene.entry(name, value, style, template) for name, value in [*draw.some(rows, 1, 4), (slot.name, slot.value)]
    )
    return scene.assign(
        draw.pick(("response", "mock user", "expected", "body", "token response")),
        scene.fill(draw.pick(scene.syntax.maps), body=body),
        "map",
    )


TEST_LINES = {
    form_line: 5,
    mocked_answer: 1.2,
    **{block: weight * 0.6 for block, weight in WITH_SLOT.items()},
    **{block: weight * 0.35 for block, weight in WITHOUT.items()},
}
"""What stands in the body of a test, by weight."""
