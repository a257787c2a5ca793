#!/bin/sh
# Installs the toolchains that run the programs of the corpus, from the packages of Debian or Ubuntu and of npm.
# What cannot be had is left out; the tests skip what they cannot run. Takes some minutes and 5 GB.
set -u
root=
[ "$(id -u)" -eq 0 ] || root="sudo -n"

$root apt-get update -qq
for package in ant ansible-core clang default-jdk-headless docker-compose elixir fish g++ gcc ghc gobjc golang-go groovy \
    kotlin libgnustep-base-dev liblog4j2-java libspring-core-java lua5.4 make mono-mcs mono-runtime perl php-cli \
    php-vlucas-phpdotenv postgresql r-base-core ruby ruby-dotenv rustc scala wine wine64 zsh; do
    command -v "$package" >/dev/null 2>&1 && continue
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        echo "$package is not to be had here"
done
command -v tsc >/dev/null 2>&1 || $root npm install --global --silent typescript@5 @types/node@22 || true
command -v vite >/dev/null 2>&1 || $root npm install --global --silent vite@6 vue@3 @vitejs/plugin-vue@5 svelte@5 \
    @sveltejs/vite-plugin-svelte@5 || true
