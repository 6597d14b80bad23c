#!/bin/sh
# The page of bclass report in a browser: "sh run.sh BCLASS SAMPLES SCRATCH". Needs node, Chromium and the package
# playwright-core, which is looked for in $BCLASS_BROWSER, a folder node_modules; skipped where one is not there.
set -eu
bclass=$1
samples=$2
scratch=$3
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "skipped: $*"
    exit 77
}

command -v node >/dev/null || skip "node is not here"
[ -n "${BCLASS_BROWSER:-}" ] || skip "BCLASS_BROWSER does not say where playwright-core is"
[ -d "$BCLASS_BROWSER/playwright-core" ] || skip "$BCLASS_BROWSER holds no playwright-core"
chromium=
for name in chromium chromium-browser google-chrome; do
    [ -n "$chromium" ] || chromium=$(command -v "$name" || true)
done
[ -n "$chromium" ] || skip "Chromium is not here"

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
PLAYWRIGHT=$(cd "$BCLASS_BROWSER/playwright-core" && pwd) CHROMIUM=$chromium exec node "$here/report.test.mjs" "$bclass" "$samples"
