#!/usr/bin/env bash
# Puts the page of an audit on a pull request: one comment, updated in place. Needs gh, GH_TOKEN and the right to write comments.
#
#   LAMBDAUDIT_PAGE  the Markdown page       LAMBDAUDIT_PULL  the number of the pull request
#
# Where nothing is new and no comment was made before, none is made.
set -euo pipefail

page=${LAMBDAUDIT_PAGE:?}
pull=${LAMBDAUDIT_PULL:?}
[[ $pull =~ ^[0-9]+$ ]] || { printf 'lambdaudit: %s is no number of a pull request\n' "$pull" >&2; exit 2; }
[[ -f $page ]] || exit 0

mine='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- lambdaudit -->"))) | .id'
comments=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$pull/comments?per_page=100" --jq "$mine")
comment=${comments%%$'\n'*}
if [[ -n $comment ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$comment" -F "body=@$page"
elif ! sed -n 2p -- "$page" | grep -qE '^## lambdaudit: (nothing new|no findings)'; then
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$pull/comments" -F "body=@$page"
fi
