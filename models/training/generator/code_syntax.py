"""How languages write the same things: constants, calls, maps, functions, tests. Data only.

In the templates «n» is a name, «v» a value, «a» arguments or parameters, «b» an indented body, «x» and «y»
expressions, «t» a title in words.
"""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """One language's ways; tuples hold alternatives."""

    language: str  # as `values.reference` knows it
    extensions: tuple[str, ...]
    comment: str = "//"
    quotes: str = '"'
    style: str = "camel"  # of variables and functions
    constant_style: str = "screaming"
    end: str = ";"
    constants: tuple[str, ...]
    variables: tuple[str, ...]
    functions: tuple[str, ...]
    parameter: str = "«n»"
    named: tuple[str, ...] = ()  # an argument by name; positional only where empty
    call: tuple[str, ...] = ("«n»(«a»)",)
    entry: tuple[str, ...]
    maps: tuple[str, ...]
    key_style: tuple[str, ...] = ("snake", "camel")
    condition: str = "if («x» == «y») {\n«b»\n}"
    returns: str = "return «x»;"
    log: tuple[str, ...]
    concat: str = "«x» + «y»"
    imports: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()
    suites: tuple[str, ...] = ("«B»",)
    classes: tuple[str, ...] = ("«b»",)
    enums: tuple[str, ...] = ()
    enum_entry: str = "«n» = «v»,"
    source_folders: tuple[str, ...] = ("src", "lib", "app")
    test_names: tuple[str, ...] = ()  # paths with «n»
    file_style: str = "snake"


PYTHON = Syntax(
    language="python", extensions=("py",), comment="#", quotes="\"\"'", style="snake", end="",
    constants=("«n» = «v»", "«n» = «v»", "«n»: str = «v»", "«n»: Final = «v»"),
    variables=("«n» = «v»", "self.«n» = «v»"),
    functions=("def «n»(«a»):\n«b»", "def «n»(«a») -> None:\n«b»", "async def «n»(«a»):\n«b»", "def «n»(«a»):\n«b»"),
    named=("«n»=«v»",), call=("«N»(«a»)", "«n»(«a»)", "«n».connect(«a»)"), entry=("«n»: «v»,",), maps=("{\n«b»\n}", "dict({\n«b»\n})"),
    condition="if «x» == «y»:\n«b»", returns="return «x»",
    log=("logger.info(«x»)", "print(«x»)", "log.debug(«x»)", "logging.warning(«x»)", "raise ValueError(«x»)"),
    imports=("import os", "import json", "import logging", "import requests", "from datetime import datetime, timedelta",
             "from pathlib import Path", "import sys", "import re", "from typing import Any", "import hashlib", "import time",
             "from dataclasses import dataclass", "import boto3", "import psycopg2", "from sqlalchemy import create_engine"),
    tests=("def test_«n»():\n«b»", "def test_«n»(client):\n«b»", "def test_«n»(self):\n«b»", "@pytest.mark.django_db\ndef test_«n»(api_client):\n«b»",
           "async def test_«n»(mocker):\n«b»", "@patch(\"requests.post\")\ndef test_«n»(mock_post):\n«b»"),
    asserts=("assert «x» == «y»", "self.assertEqual(«x», «y»)", "assert «x» != «y»", "assert response.status_code == 200"),
    suites=("import pytest\n\n\n«B»", "import unittest\n\n\nclass «n»Test(unittest.TestCase):\n«b»", "from django.test import TestCase\n\n\nclass «n»Tests(TestCase):\n«b»", "«B»"),
    classes=("class «n»:\n«b»", "class «n»(BaseClient):\n«b»", "@dataclass\nclass «n»:\n«b»"),
    enums=("class «n»(str, Enum):\n«b»", "class «n»(models.TextChoices):\n«b»", "class «n»:\n«b»"), enum_entry="«n» = «v»",
    test_names=("tests/test_«n».py", "test/«n»_test.py", "tests/unit/test_«n».py", "«n»/tests.py", "tests/integration/test_«n».py"),
)  # fmt: skip
JAVASCRIPT = Syntax(
    language="js", extensions=("js", "js", "ts", "ts", "mjs", "jsx", "tsx"), quotes="''\"",
    constants=("const «n» = «v»;", "export const «n» = «v»;", "const «n» = «v»", "var «n» = «v»;"),
    variables=("const «n» = «v»;", "let «n» = «v»;", "this.«n» = «v»;", "const «n» = «v»", "var «n» = «v»;"),
    functions=("function «n»(«a») {\n«b»\n}", "async function «n»(«a») {\n«b»\n}", "export const «n» = async («a») => {\n«b»\n};", "const «n» = («a») => {\n«b»\n}",
               "export function «n»(«a») {\n«b»\n}", "module.exports.«n» = function («a») {\n«b»\n};"),
    named=("«n»: «v»",), call=("«n»({ «a» })", "new «N»({«a»})", "await «n»({ «a» })", "«N».create({ «a» })"),
    entry=("«k»: «v»,",), maps=("{\n«b»\n}",), key_style=("camel", "camel", "snake"),
    condition="if («x» === «y») {\n«b»\n}",
    log=("console.log(«x»);", "logger.info(«x»);", "throw new Error(«x»);", "res.status(400).json({ message: «x» });", "toast.error(«x»);", "console.error(«x»)"),
    imports=("const express = require('express');", "import axios from 'axios';", "const jwt = require('jsonwebtoken');", "import { useState } from 'react';",
             "import { Injectable } from '@nestjs/common';", "const mongoose = require('mongoose');", "import path from 'path';", "import fs from 'node:fs';",
             "const bcrypt = require('bcrypt');", "import { createClient } from '@/lib/client';", "const crypto = require('crypto');", "'use strict';"),
    tests=("it('«t»', async () => {\n«b»\n});", "test('«t»', () => {\n«b»\n});", "it(\"should «t»\", (done) => {\n«b»\n});", "test('«t»', async ({ page }) => {\n«b»\n});"),
    asserts=("expect(«x»).toBe(«y»);", "expect(«x»).toEqual(«y»);", "assert.equal(«x», «y»);", "expect(«x»).to.equal(«y»);", "expect(res.status).toBe(200);", "cy.contains(«y»)"),
    suites=("describe('«n»', () => {\n«b»\n});", "import { test, expect } from '@playwright/test';\n\n«B»", "const request = require('supertest');\n\ndescribe('«n»', function () {\n«b»\n});", "«B»"),
    classes=("export class «n» {\n«b»\n}", "class «n» extends BaseService {\n«b»\n}", "@Injectable()\nexport class «n» {\n«b»\n}"),
    enums=("export enum «n» {\n«b»\n}", "const «n» = Object.freeze({\n«b»\n});", "export const «n» = {\n«b»\n} as const;"), enum_entry="«n»: «v»,",
    source_folders=("src", "lib", "server", "app", "src/services", "src/config", "src/utils", "packages/core/src", "api", "pages/api"),
    test_names=("test/«n».test.js", "src/«n».spec.ts", "__tests__/«n».test.tsx", "cypress/e2e/«n».cy.js", "e2e/«n».spec.ts", "test/«n».js", "tests/«n».test.mjs"),
    file_style="camel",
)  # fmt: skip
JAVA = Syntax(
    language="java", extensions=("java",),
    constants=("private static final String «n» = «v»;", "public static final String «n» = «v»;", "static final String «n» = «v»;", "String «n» = «v»;"),
    variables=("String «n» = «v»;", "this.«n» = «v»;", "final String «n» = «v»;", "private String «n» = «v»;", "var «n» = «v»;"),
    functions=("public void «n»(«a») {\n«b»\n}", "private String «n»(«a») throws IOException {\n«b»\n}", "@Bean\npublic Object «n»(«a») {\n«b»\n}", "public static void «n»(«a») {\n«b»\n}",
               "@Override\nprotected void «n»(«a») {\n«b»\n}", "@PostMapping(\"/«n»\")\npublic ResponseEntity<?> «n»(«a») {\n«b»\n}"),
    parameter="String «n»", call=("new «N»(«a»)", "«N».of(«a»)", "«n»(«a»)"), entry=("put(«n», «v»);",), maps=("new HashMap<>() {{\n«b»\n}}",),
    key_style=("dot", "camel", "snake"), condition="if («y».equals(«x»)) {\n«b»\n}",
    log=("log.info(«x»);", "LOGGER.warn(«x»);", "System.out.println(«x»);", "throw new IllegalArgumentException(«x»);", "Assert.hasText(value, «x»);"),
    imports=("import java.util.Map;", "import java.util.HashMap;", "import java.io.IOException;", "import org.springframework.stereotype.Service;", "import org.slf4j.Logger;",
             "import org.springframework.context.annotation.Bean;", "import java.util.Properties;", "import lombok.Data;", "import javax.sql.DataSource;", "import java.time.Duration;"),
    tests=("@Test\npublic void «n»() {\n«b»\n}", "@Test\nvoid «n»() throws Exception {\n«b»\n}", "@Test\n@DisplayName(\"«t»\")\nvoid «n»() {\n«b»\n}", "@Test(expected = IllegalStateException.class)\npublic void «n»() {\n«b»\n}"),
    asserts=("assertEquals(«y», «x»);", "assertThat(«x»).isEqualTo(«y»);", "assertThat(«x», is(«y»));", "Assert.assertEquals(«y», «x»);", "verify(repository).save(any());"),
    suites=("public class «n»Test {\n«b»\n}", "@SpringBootTest\nclass «n»IT {\n«b»\n}", "@ExtendWith(MockitoExtension.class)\nclass «n»Tests {\n«b»\n}"),
    classes=("public class «n» {\n«b»\n}", "@Service\npublic class «n» {\n«b»\n}", "@Configuration\npublic class «n»Config {\n«b»\n}", "@Component\n@Slf4j\npublic class «n» implements InitializingBean {\n«b»\n}"),
    enums=("public enum «n» {\n«b»\n;\n}",), enum_entry="«n»(«v»),",
    source_folders=("src/main/java/com/acme", "src/main/java/org/app", "app/src/main/java/com/app", "src"),
    test_names=("src/test/java/com/app/«n»Test.java", "src/test/java/«n»IT.java", "src/integrationTest/java/«n»Tests.java"), file_style="pascal",
)  # fmt: skip
KOTLIN = Syntax(
    language="kotlin", extensions=("kt", "kt", "kts"), end="",
    constants=("const val «n» = «v»", "private const val «n» = «v»", "val «n» = «v»", "@JvmField val «n»: String = «v»"),
    variables=("val «n» = «v»", "var «n»: String = «v»", "private val «n» = «v»", "this.«n» = «v»"),
    functions=("fun «n»(«a») {\n«b»\n}", "suspend fun «n»(«a»): String {\n«b»\n}", "private fun «n»(«a») {\n«b»\n}", "override fun «n»(«a») {\n«b»\n}"),
    parameter="«n»: String", named=("«n» = «v»",), call=("«N»(«a»)", "«n»(«a»)"), entry=("«n» to «v»,",), maps=("mapOf(\n«b»\n)", "mutableMapOf(\n«b»\n)"),
    returns="return «x»", log=("logger.info { «x» }", "println(«x»)", "Log.d(TAG, «x»)", "error(«x»)", "throw IllegalStateException(«x»)"),
    imports=("import io.ktor.client.*", "import kotlinx.coroutines.*", "import android.os.Bundle", "import okhttp3.OkHttpClient", "import org.junit.Test", "import java.util.UUID"),
    tests=("@Test\nfun «n»() {\n«b»\n}", "@Test\nfun `«t»`() = runTest {\n«b»\n}"), asserts=("assertEquals(«y», «x»)", "«x» shouldBe «y»", "assertThat(«x»).isEqualTo(«y»)"),
    suites=("class «n»Test {\n«b»\n}", "internal class «n»Test : FunSpec({\n«b»\n})"),
    classes=("class «n» {\n«b»\n}", "object «n» {\n«b»\n}", "class «n»Repository(private val api: Api) {\n«b»\n}", "companion object {\n«b»\n}"),
    enums=("enum class «n»(val value: String) {\n«b»\n}",), enum_entry="«n»(«v»),",
    source_folders=("app/src/main/java/com/app", "src/main/kotlin", "src/main/kotlin/com/app", "buildSrc"), test_names=("src/test/kotlin/«n»Test.kt", "app/src/androidTest/java/«n»Test.kt"), file_style="pascal",
)  # fmt: skip
SCALA = Syntax(
    language="java", extensions=("scala", "sc"), end="",
    constants=("val «n» = «v»", "private val «n»: String = «v»", "final val «n» = «v»"), variables=("val «n» = «v»", "var «n» = «v»", "lazy val «n» = «v»"), constant_style="pascal",
    functions=("def «n»(«a»): Unit = {\n«b»\n}", "private def «n»(«a»): Future[String] = {\n«b»\n}"), parameter="«n»: String", named=("«n» = «v»",), call=("«N»(«a»)", "new «N»(«a»)"),
    entry=("«n» -> «v»,",), maps=("Map(\n«b»\n)",), key_style=("dot", "kebab", "camel"), condition="if («x» == «y») {\n«b»\n}", returns="«x»",
    log=("logger.info(«x»)", "println(«x»)", "sys.error(«x»)"), imports=("import scala.concurrent.Future", "import org.apache.spark.sql.SparkSession", "import com.typesafe.config.ConfigFactory", "import play.api.mvc._"),
    tests=("it should \"«t»\" in {\n«b»\n}", "test(\"«t»\") {\n«b»\n}"), asserts=("assert(«x» == «y»)", "«x» shouldBe «y»", "«x» must equal(«y»)"),
    suites=("class «n»Spec extends AnyFlatSpec with Matchers {\n«b»\n}", "class «n»Suite extends FunSuite {\n«b»\n}"), classes=("object «n» {\n«b»\n}", "class «n» @Inject() (ws: WSClient) {\n«b»\n}", "object «n» extends App {\n«b»\n}"),
    source_folders=("src/main/scala", "app/services", "core/src/main/scala"), test_names=("src/test/scala/«n»Spec.scala", "test/«n»Suite.scala"), file_style="pascal",
)  # fmt: skip
CSHARP = Syntax(
    language="csharp", extensions=("cs",), constant_style="pascal",
    constants=("private const string «n» = «v»;", "public const string «n» = «v»;", "public static readonly string «n» = «v»;", "internal const string «n» = «v»;"),
    variables=("var «n» = «v»;", "string «n» = «v»;", "private string _«n» = «v»;", "this.«n» = «v»;"),
    functions=("public async Task «N»(«a»)\n{\n«b»\n}", "private static void «N»(«a»)\n{\n«b»\n}", "public override string «N»(«a»)\n{\n«b»\n}", "[HttpPost(\"«n»\")]\npublic IActionResult «N»(«a»)\n{\n«b»\n}"),
    parameter="string «n»", named=("«N» = «v»",), call=("new «N» { «a» }", "new «N»\n{\n    «a»\n}"), entry=("[«n»] = «v»,", "{ «n», «v» },"), maps=("new Dictionary<string, string>\n{\n«b»\n}",), key_style=("pascal", "camel", "snake"),
    condition="if («x» == «y»)\n{\n«b»\n}", log=("_logger.LogInformation(«x»);", "Console.WriteLine(«x»);", "throw new ArgumentException(«x»);", "ModelState.AddModelError(\"\", «x»);"),
    imports=("using System;", "using System.Collections.Generic;", "using System.Threading.Tasks;", "using Microsoft.AspNetCore.Mvc;", "using Microsoft.Extensions.Configuration;", "using System.Net.Http;", "using Newtonsoft.Json;"),
    tests=("[Fact]\npublic async Task «N»()\n{\n«b»\n}", "[Test]\npublic void «N»()\n{\n«b»\n}", "[TestMethod]\npublic void «N»()\n{\n«b»\n}"), asserts=("Assert.Equal(«y», «x»);", "Assert.AreEqual(«y», «x»);", "«x».Should().Be(«y»);", "Assert.That(«x», Is.EqualTo(«y»));"),
    suites=("public class «n»Tests\n{\n«b»\n}", "[TestFixture]\npublic class «n»Test\n{\n«b»\n}"), classes=("public class «n»\n{\n«b»\n}", "public static class «n»Constants\n{\n«b»\n}", "[ApiController]\npublic class «n»Controller : ControllerBase\n{\n«b»\n}", "internal sealed class «n»Service : I«n»Service\n{\n«b»\n}"),
    enums=("public static class «n»\n{\n«b»\n}",), enum_entry="public const string «n» = «v»;",
    source_folders=("src/App", "Services", "Controllers", "Core/Helpers", "src/Infrastructure"), test_names=("tests/App.Tests/«n»Tests.cs", "Test/«n»Test.cs"), file_style="pascal",
)  # fmt: skip
FSHARP = Syntax(
    language="csharp", extensions=("fs", "fsx"), end="", constant_style="camel",
    constants=("let «n» = «v»", "let private «n» = «v»", "[<Literal>]\nlet «N» = «v»"), variables=("let «n» = «v»", "let mutable «n» = «v»"),
    functions=("let «n» «a» =\n«b»", "let «n» «a» = async {\n«b»\n}"), entry=("«n», «v»",), maps=("dict [\n«b»\n]", "Map.ofList [\n«b»\n]"), condition="if «x» = «y» then\n«b»", returns="«x»",
    call=("«n» («a»)", "«N»(«a»)"), log=("printfn «x»", "failwith «x»", "log.Info «x»"), imports=("open System", "open System.IO", "open FSharp.Data", "open Giraffe", "open System.Net.Http"),
    tests=("[<Fact>]\nlet ``«t»`` () =\n«b»", "testCase \"«t»\" <| fun _ ->\n«b»"), asserts=("Assert.Equal(«y», «x»)", "Expect.equal «x» «y» \"same\""), source_folders=("src", "src/Server", "scripts"), test_names=("tests/«n»Tests.fs", "test/«n»Tests.fs"), file_style="pascal",
)  # fmt: skip
GO = Syntax(
    language="go", extensions=("go",), quotes='"""""""`', end="", constant_style="camel",
    constants=("const «n» = «v»", "var «n» = «v»", "const «n» string = «v»"), variables=("«n» := «v»", "var «n» = «v»", "c.«N» = «v»"),
    functions=("func «n»(«a») error {\n«b»\n}", "func (s *Server) «N»(«a») (string, error) {\n«b»\n}", "func New«N»(«a») *Client {\n«b»\n}", "func «N»(ctx context.Context, «a») error {\n«b»\n}"),
    parameter="«n» string", named=("«N»: «v»",), call=("&«N»{«a»}", "«N»{«a»}", "New(Config{«a»})", "client.New(&client.Options{«a»})"), entry=("«n»: «v»,",), maps=("map[string]string{\n«b»\n}",), key_style=("snake", "kebab", "camel"),
    condition="if «x» == «y» {\n«b»\n}", returns="return «x»", log=("log.Println(«x»)", "fmt.Println(«x»)", "return errors.New(«x»)", "return fmt.Errorf(«x»)", "slog.Info(«x»)"),
    imports=("import \"os\"", "import (\n\t\"context\"\n\t\"fmt\"\n\t\"net/http\"\n)", "import (\n\t\"database/sql\"\n\t\"log\"\n\n\t_ \"github.com/lib/pq\"\n)", "import \"time\""),
    tests=("func Test«N»(t *testing.T) {\n«b»\n}", "func Test«N»(t *testing.T) {\nt.Parallel()\n«b»\n}"), asserts=("assert.Equal(t, «y», «x»)", "require.Equal(t, «y», «x»)", "if «x» != «y» {\n\tt.Fatal(\"unexpected value\")\n}", "require.NoError(t, err)"),
    enums=("const (\n«b»\n)",), enum_entry="«n» = «v»", source_folders=("internal", "pkg/client", "cmd/server", "pkg/config", "internal/auth", "."), test_names=("pkg/auth/«n»_test.go", "internal/«n»_test.go", "«n»_test.go", "test/e2e/«n»_test.go"),
)  # fmt: skip
