#!/usr/bin/env bash
# Audits a folder of the Git repository in which it runs, compared with the commit that a change is based on.
#
#   LAMBDAUDIT_OUT      folder for the reports (made if it is not there)
#   LAMBDAUDIT_PATH     what is audited; default: the current folder
#   LAMBDAUDIT_BASE     commit to compare with; "auto": what GitHub or GitLab say of the pull or merge request; empty: none
#   LAMBDAUDIT_FAIL_ON  severity from which on a finding that is new fails the job; default: high
#   LAMBDAUDIT_ARGS     further arguments of `lambdaudit audit`, one on each line
#   LAMBDAUDIT          the command; default: lambdaudit
#
# Ends with the exit code of the audit. Everything comes from variables and stays quoted: names of branches and files are
# chosen by whoever opens a pull request.
set -euo pipefail

command=${LAMBDAUDIT:-lambdaudit}
path=${LAMBDAUDIT_PATH:-.}
out=${LAMBDAUDIT_OUT:?name a folder for the reports in LAMBDAUDIT_OUT}
base=${LAMBDAUDIT_BASE:-}

fail() {
  printf 'lambdaudit: %s\n' "$1" >&2
  exit 2
}

commit_of() {
  git rev-parse --quiet --verify --end-of-options "$1^{commit}"
}

# The commit that the pull or merge request is compared with; nothing on other events.
request_base() {
  if [[ ${GITHUB_EVENT_NAME:-} == pull_request ]]; then
    # What is checked out is usually the merge into the base: its first parent is the base as it is now.
    if commit_of 'HEAD^2' >/dev/null; then printf 'HEAD^1'; else printf '%s' "${LAMBDAUDIT_PULL_BASE:-}"; fi
  else
    printf '%s' "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}"
  fi
}

# A shallow clone may lack the commit; only a full hash is asked for, never a name.
fetched() {
  if ! commit_of "$1" && [[ $1 =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]]; then
    git fetch --quiet --no-tags --depth=1 origin "$1" >&2 && commit_of "$1"
  fi
}

[[ -e $path ]] || fail "there is no $path here"
mkdir -p -- "$out"
out=$(cd -- "$out" && pwd)
work=$(mktemp -d)
trap 'git worktree remove --force "$work/base" >/dev/null 2>&1 || true; rm -rf -- "$work"' EXIT

given=()
[[ $base != auto ]] || base=$(request_base)
if [[ -n $base ]]; then
  commit=$(fetched "$base") || true
  [[ -n $commit ]] || fail "the commit $base to compare with is not here: check out with more history (fetch-depth: 2)"
  git -c core.hooksPath=/dev/null worktree add --quiet --detach "$work/base" "$commit"
  folder=$path name=
  [[ -d $path ]] || { folder=$(dirname -- "$path") name=$(basename -- "$path"); }
  before=$work/base/$(git -C "$folder" rev-parse --show-prefix)$name
  # Nothing was there before: an empty folder, so that everything is new.
  [[ -e $before ]] || { before=$work/empty && mkdir -- "$before"; }
  branch=${GITHUB_BASE_REF:-${CI_MERGE_REQUEST_TARGET_BRANCH_NAME:-$base}}
  given+=(--baseline "$before" "--baseline-name=$branch (${commit:0:10})")
fi
while IFS= read -r argument; do
  [[ -z $argument ]] || given+=("$argument")
done <<<"${LAMBDAUDIT_ARGS:-}"

code=0
"$command" audit --no-progress --fail-on "${LAMBDAUDIT_FAIL_ON:-high}" ${given[@]+"${given[@]}"} \
  -o "$out/report.json" -o "$out/report.sarif" -o "$out/report.md" -o "$out/report.junit.xml" \
  -o "$out/report.codeclimate.json" -- "$path" || code=$?
exit "$code"
