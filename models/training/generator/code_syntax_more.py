"""More languages in the terms of `code_syntax`. Data only."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator.code_syntax import Syntax

RUBY = Syntax(
    language="ruby", extensions=("rb",), comment="#", quotes="''\"", style="snake", end="",
    constants=("«n» = «v»", "«n» = «v».freeze"), variables=("«n» = «v»", "@«n» = «v»", "config.«n» = «v»"),
    functions=("def «n»(«a»)\n«b»\nend", "def self.«n»(«a»)\n«b»\nend", "task :«n» => :environment do\n«b»\nend"), named=("«n»: «v»", ":«n» => «v»"), call=("«N».new(«a»)", "«N».connect(«a»)"),
    entry=("«k»: «v»,", "«n» => «v»,", ":«k» => «v»,"), maps=("{\n«b»\n}",), key_style=("snake",), condition="if «x» == «y»\n«b»\nend", returns="«x»",
    log=("puts «x»", "Rails.logger.info «x»", "raise ArgumentError, «x»", "errors.add(:base, «x»)", "flash[:alert] = «x»"),
    imports=("require 'net/http'", "require 'json'", "require 'rails_helper'", "require_relative 'client'", "# frozen_string_literal: true"),
    tests=("it '«t»' do\n«b»\nend", "test \"«t»\" do\n«b»\nend", "def test_«n»\n«b»\nend", "scenario '«t»' do\n«b»\nend"), asserts=("expect(«x»).to eq(«y»)", "assert_equal «y», «x»", "expect(«x»).to eq «y»", "expect(response).to have_http_status(:ok)"),
    suites=("require 'rails_helper'\n\nRSpec.describe «n» do\n«b»\nend", "describe '«n»' do\n«b»\nend", "class «n»Test < ActiveSupport::TestCase\n«b»\nend"), classes=("class «n»\n«b»\nend", "module «n»\n«b»\nend", "class «n»Job < ApplicationJob\n«b»\nend"),
    enums=("module «n»\n«b»\nend",), enum_entry="«n» = «v»", source_folders=("lib", "app/services", "app/models", "config/initializers", "lib/tasks"), test_names=("spec/models/«n»_spec.rb", "test/«n»_test.rb", "spec/requests/«n»_spec.rb"),
)  # fmt: skip
PHP = Syntax(
    language="php", extensions=("php",), quotes="'''\"", constants=("define('«n»', «v»);", "const «n» = «v»;", "private const «n» = «v»;", "public static $«n» = «v»;"),
    variables=("$«n» = «v»;", "$this->«n» = «v»;", "protected $«n» = «v»;", "$config['«n»'] = «v»;"),
    functions=("public function «n»(«a»)\n{\n«b»\n}", "function «n»(«a») {\n«b»\n}", "private static function «n»(«a»): string\n{\n«b»\n}"), parameter="$«n»", named=("'«n»' => «v»",), call=("«N»::make([«a»])", "new «N»([«a»])", "$this->«n»([«a»])"),
    entry=("«n» => «v»,",), maps=("[\n«b»\n]", "array(\n«b»\n)"), key_style=("snake", "camel"), condition="if («x» === «y») {\n«b»\n}", concat="«x» . «y»",
    log=("Log::info(«x»);", "echo «x»;", "throw new \\RuntimeException(«x»);", "$this->addFlash('error', «x»);", "error_log(«x»);"), imports=("use Illuminate\\Http\\Request;", "require_once 'vendor/autoload.php';", "namespace App\\Services;", "use GuzzleHttp\\Client;"),
    tests=("public function test«N»()\n{\n«b»\n}", "/** @test */\npublic function «n»(): void\n{\n«b»\n}" ), asserts=("$this->assertEquals(«y», «x»);", "$this->assertSame(«y», «x»);", "$response->assertStatus(200);"),
    suites=("class «n»Test extends TestCase\n{\n«b»\n}", "final class «n»Test extends WebTestCase\n{\n«b»\n}"), classes=("class «n»\n{\n«b»\n}", "class «n»Controller extends Controller\n{\n«b»\n}", "final class «n»Service\n{\n«b»\n}"),
    enums=("final class «n»\n{\n«b»\n}",), enum_entry="public const «n» = «v»;", source_folders=("src", "app/Http/Controllers", "includes", "app/Services", "lib", "public"), test_names=("tests/Feature/«n»Test.php", "tests/«n»Test.php", "tests/Unit/«n»Test.php"), file_style="pascal",
)  # fmt: skip
RUST = Syntax(
    language="rust", extensions=("rs",), style="snake", constants=("const «n»: &str = «v»;", "pub const «n»: &str = «v»;", "static «n»: &str = «v»;"), variables=("let «n» = «v»;", "let mut «n» = «v».to_string();", "let «n»: String = «v».into();"),
    functions=("fn «n»(«a») -> Result<(), Error> {\n«b»\n}", "pub async fn «n»(«a») -> anyhow::Result<String> {\n«b»\n}", "pub fn «n»(&self, «a») {\n«b»\n}"), parameter="«n»: &str", named=("«n»: «v».to_string()", "«n»: «v».into()"), call=("«N» { «a» }", "«N»::new(«a»)"),
    entry=("(«n», «v»),",), maps=("HashMap::from([\n«b»\n])", "vec![\n«b»\n]"), key_style=("snake", "kebab"), condition="if «x» == «y» {\n«b»\n}", log=("println!(«x»);", "info!(«x»);", "bail!(«x»);", "panic!(«x»);", "return Err(Error::new(«x»));"),
    imports=("use std::env;", "use std::collections::HashMap;", "use serde::{Deserialize, Serialize};", "use reqwest::Client;", "use sqlx::PgPool;"),
    tests=("#[test]\nfn «n»() {\n«b»\n}", "#[tokio::test]\nasync fn «n»() {\n«b»\n}"), asserts=("assert_eq!(«x», «y»);", "assert!(«x» == «y»);"), suites=("#[cfg(test)]\nmod tests {\nuse super::*;\n\n«b»\n}", "«B»"), classes=("impl «n» {\n«b»\n}", "pub mod «n» {\n«b»\n}"),
    enums=("pub mod «n» {\n«b»\n}",), enum_entry="pub const «n»: &str = «v»;", source_folders=("src", "crates/core/src", "src/bin"), test_names=("tests/«n».rs", "src/«n»/tests.rs", "tests/common/«n».rs"),
)  # fmt: skip
SWIFT = Syntax(
    language="swift", extensions=("swift",), end="", constant_style="camel", constants=("let «n» = «v»", "static let «n» = «v»", "private let «n»: String = «v»"), variables=("let «n» = «v»", "var «n» = «v»", "self.«n» = «v»"),
    call=("«N»(«a»)",), functions=("func «n»(«a») {\n«b»\n}", "private func «n»(«a») throws -> String {\n«b»\n}", "static func «n»(«a») async {\n«b»\n}"), parameter="«n»: String", named=("«n»: «v»",), entry=("«n»: «v»,",), maps=("[\n«b»\n]",), key_style=("camel", "snake"), condition="if «x» == «y» {\n«b»\n}",
    returns="return «x»", log=("print(«x»)", "os_log(«x»)", "fatalError(«x»)", "showAlert(message: «x»)"), imports=("import Foundation", "import UIKit", "import SwiftUI", "import Combine", "@testable import App"), tests=("func test«N»() {\n«b»\n}", "func test_«n»() async throws {\n«b»\n}"), asserts=("XCTAssertEqual(«x», «y»)", "XCTAssertTrue(«x» == «y»)", "#expect(«x» == «y»)"),
    suites=("import XCTest\n\nfinal class «n»Tests: XCTestCase {\n«b»\n}",), classes=("class «n» {\n«b»\n}", "struct «n» {\n«b»\n}", "enum «n» {\n«b»\n}", "final class «n»ViewController: UIViewController {\n«b»\n}"), enums=("enum «n»: String {\n«b»\n}",), enum_entry="case «c» = «v»", source_folders=("Sources/App", "App", "App/Services"), test_names=("Tests/«n»Tests.swift", "AppTests/«n»Tests.swift"), file_style="pascal",
)  # fmt: skip
OBJC = Syntax(
    language="swift", extensions=("m", "mm"), constant_style="pascal", constants=("static NSString *const k«n» = @«v»;", "#define «n» @«v»", "NSString *const «n» = @«v»;"), variables=("NSString *«n» = @«v»;", "self.«n» = @«v»;", "_«n» = @«v»;"), functions=("- (void)«n» {\n«b»\n}", "+ (NSString *)«n» {\n«b»\n}", "- (BOOL)«n»:(NSString *)value error:(NSError **)error {\n«b»\n}"),
    entry=("@«n» : @«v»,",), maps=("@{\n«b»\n}",), call=("[«n» setValue:«a»]", "[[«n» alloc] initWith:«a»]"), condition="if ([«x» isEqualToString:@«y»]) {\n«b»\n}", log=("NSLog(@«x»);", "[self showError:@«x»];"), imports=("#import <Foundation/Foundation.h>", "#import \"AppDelegate.h\"", "@import Firebase;"), tests=("- (void)test«N» {\n«b»\n}",), asserts=("XCTAssertEqualObjects(«x», @«y»);",),
    suites=("@interface «n»Tests : XCTestCase\n@end\n\n@implementation «n»Tests\n«b»\n@end",), classes=("@implementation «n»\n\n«b»\n\n@end",), source_folders=("App", "Classes", "ios/Runner"), test_names=("AppTests/«n»Tests.m",), file_style="pascal",
)  # fmt: skip
DART = Syntax(
    language="dart", extensions=("dart",), quotes="''\"", constant_style="camel", constants=("const «n» = «v»;", "const String «n» = «v»;", "static const «n» = «v»;", "final «n» = «v»;"), variables=("final «n» = «v»;", "var «n» = «v»;", "String «n» = «v»;"), functions=("void «n»(«a») {\n«b»\n}", "Future<void> «n»(«a») async {\n«b»\n}", "Widget «n»(«a») {\n«b»\n}"),
    parameter="String «n»", named=("«n»: «v»",), call=("«N»(«a»)", "await «n»(«a»)"), entry=("«n»: «v»,",), maps=("{\n«b»\n}",), key_style=("snake", "camel"), log=("print(«x»);", "debugPrint(«x»);", "throw Exception(«x»);", "showSnackBar(«x»);"), imports=("import 'package:flutter/material.dart';", "import 'package:http/http.dart' as http;", "import 'dart:convert';"), tests=("test('«t»', () {\n«b»\n});", "testWidgets('«t»', (tester) async {\n«b»\n});"), asserts=("expect(«x», «y»);", "expect(«x», equals(«y»));"), suites=("void main() {\n«b»\n}",), classes=("class «n» {\n«b»\n}", "class «n» extends StatelessWidget {\n«b»\n}"), source_folders=("lib", "lib/services", "lib/config"), test_names=("test/«n»_test.dart", "integration_test/«n»_test.dart"),
)  # fmt: skip
C = Syntax(
    language="c", extensions=("c", "h", "cpp", "cc", "hpp", "cxx"), style="snake", constants=("#define «n» «v»", "const char *«n» = «v»;", "static const char «n»[] = «v»;", "const std::string «n» = «v»;", "constexpr auto «n» = «v»;"), variables=("const char *«n» = «v»;", "std::string «n» = «v»;", "char «n»[64] = «v»;", "QString «n» = «v»;"), functions=("int «n»(«a»)\n{\n«b»\n}", "static void «n»(«a») {\n«b»\n}", "bool Client::«N»(«a») {\n«b»\n}"),
    parameter="const char *«n»", named=(".«n» = «v»",), call=("(struct «n»){ «a» }", "«N»{«a»}"), entry=("{«n», «v»},",), maps=("{\n«b»\n}",), condition="if (strcmp(«x», «y») == 0) {\n«b»\n}", log=("printf(«x»);", "fprintf(stderr, «x»);", "LOG_ERROR(«x»);", "std::cerr << «x» << std::endl;", "throw std::runtime_error(«x»);"), imports=("#include <stdio.h>", "#include <string.h>", "#include <string>", "#include <curl/curl.h>", "#include \"config.h\"", "#include <openssl/evp.h>"),
    tests=("TEST(«N», Basic)\n{\n«b»\n}", "static void test_«n»(void)\n{\n«b»\n}", "TEST_CASE(\"«t»\") {\n«b»\n}"), asserts=("EXPECT_EQ(«x», «y»);", "ASSERT_STREQ(«x», «y»);", "REQUIRE(«x» == «y»);", "assert(strcmp(«x», «y») == 0);"), source_folders=("src", "lib", "include", "src/net", "main"), test_names=("tests/test_«n».c", "test/«n»_test.cpp", "unittests/«n».cc"),
)  # fmt: skip
PERL = Syntax(
    language="perl", extensions=("pl", "pm"), comment="#", quotes="''\"", style="snake", constants=("use constant «n» => «v»;", "our $«n» = «v»;", "my $«n» = «v»;"), variables=("my $«n» = «v»;", "$self->{«n»} = «v»;", "local $«n» = «v»;"), functions=("sub «n» {\nmy ($self, $args) = @_;\n«b»\n}", "sub «n» {\n«b»\n}"), named=("«n» => «v»",), call=("«N»->new(«a»)", "«n»(«a»)"), entry=("«k» => «v»,", "«n» => «v»,"), maps=("{\n«b»\n}", "(\n«b»\n)"), key_style=("snake",), condition="if («x» eq «y») {\n«b»\n}", concat="«x» . «y»", log=("print «x»;", "die «x»;", "warn «x»;", "$log->info(«x»);"), imports=("use strict;\nuse warnings;", "use DBI;", "use LWP::UserAgent;", "use JSON;"), tests=("subtest '«t»' => sub {\n«b»\n};",), asserts=("is(«x», «y», 'same');", "ok(«x» eq «y»);"), suites=("use Test::More;\n\n«B»\n\ndone_testing();",), source_folders=("lib", "bin", "cgi-bin", "scripts"), test_names=("t/«n».t", "t/01-«n».t"),
)  # fmt: skip
LUA = Syntax(
    language="lua", extensions=("lua",), comment="--", quotes="\"'", style="snake", end="", constants=("local «n» = «v»", "«n» = «v»", "M.«n» = «v»"), variables=("local «n» = «v»", "self.«n» = «v»", "conf.«n» = «v»"), functions=("local function «n»(«a»)\n«b»\nend", "function M.«n»(«a»)\n«b»\nend"), named=("«n» = «v»",), call=("«n»({ «a» })", "«n»{ «a» }"), entry=("«k» = «v»,", "[«n»] = «v»,"), maps=("{\n«b»\n}",), key_style=("snake",), condition="if «x» == «y» then\n«b»\nend", returns="return «x»", concat="«x» .. «y»", log=("print(«x»)", "ngx.log(ngx.ERR, «x»)", "error(«x»)"), imports=("local http = require(\"socket.http\")", "local cjson = require \"cjson\""), tests=("it(\"«t»\", function()\n«b»\nend)",), asserts=("assert.equal(«y», «x»)", "assert.are.same(«y», «x»)"), suites=("describe(\"«n»\", function()\n«b»\nend)",), source_folders=("lua", "lib", "scripts", "nginx/lua"), test_names=("spec/«n»_spec.lua",),
)  # fmt: skip
R = Syntax(
    language="r", extensions=("R", "r", "Rmd"), comment="#", quotes="\"'", style="snake", end="", constants=("«n» <- «v»", "«n» = «v»"), variables=("«n» <- «v»", "Sys.setenv(«L» = «v»)", "options(«n» = «v»)"), functions=("«n» <- function(«a») {\n«b»\n}",), named=("«n» = «v»",), entry=("«k» = «v»,",), maps=("list(\n«b»\n)", "c(\n«b»\n)"), key_style=("snake", "camel"), condition="if («x» == «y») {\n«b»\n}", returns="return(«x»)", log=("message(«x»)", "stop(«x»)", "cat(«x»)"), imports=("library(DBI)", "library(httr)", "library(dplyr)", "library(RPostgres)", "suppressPackageStartupMessages(library(tidyverse))"), tests=("test_that(\"«t»\", {\n«b»\n})",), asserts=("expect_equal(«x», «y»)",), source_folders=("R", "analysis", "scripts"), test_names=("tests/testthat/test-«n».R",),
)  # fmt: skip
ELIXIR = Syntax(
    language="elixir", extensions=("ex", "exs"), comment="#", style="snake", end="", constant_style="snake", constants=("@«n» «v»",), variables=("«n» = «v»",), functions=("def «n»(«a») do\n«b»\nend", "defp «n»(«a») do\n«b»\nend"), named=("«n»: «v»",), entry=("«n» => «v»,", "«k»: «v»,"), maps=("%{\n«b»\n}",), key_style=("snake",), condition="if «x» == «y» do\n«b»\nend", returns="{:ok, «x»}", concat="«x» <> «y»", log=("Logger.info(«x»)", "IO.puts(«x»)", "raise «x»"), imports=("require Logger", "import Ecto.Query", "alias App.Repo", "use ExUnit.Case, async: true"), tests=("test \"«t»\" do\n«b»\nend", "test \"«t»\", %{conn: conn} do\n«b»\nend"), asserts=("assert «x» == «y»", "refute «x» == «y»"), suites=("defmodule «n»Test do\n«b»\nend",), classes=("defmodule App.«n» do\n«b»\nend",), source_folders=("lib/app", "lib/app_web", "config"), test_names=("test/app/«n»_test.exs", "test/app_web/«n»_test.exs"),
)  # fmt: skip
