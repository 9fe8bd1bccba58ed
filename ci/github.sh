#!/usr/bin/env bash
# The audit as a step of a GitHub workflow: ci/audit.sh, then the job summary and the outputs of the step.
set -euo pipefail

out=${LAMBDAUDIT_OUT:?name a folder for the reports in LAMBDAUDIT_OUT}
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

rm -f -- "$out"/report.*
code=0
bash "$here/audit.sh" || code=$?

{
  printf 'exit-code=%s\n' "$code"
  for format in json sarif md junit.xml; do
    if [[ -f $out/report.$format ]]; then printf '%s=%s\n' "${format%.xml}" "$out/report.$format"; fi
  done
} >>"$GITHUB_OUTPUT"
if [[ -f $out/report.md ]]; then cat -- "$out/report.md" >>"$GITHUB_STEP_SUMMARY"; fi
exit "$code"
