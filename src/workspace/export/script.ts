/** Exit statuses of {@link EXPORT_SCRIPT}: what a person can do something about. */
export const EXPORT_STATUS = {
  NO_GIT: 91,
  NO_REPOSITORY: 92,
  NO_ROOM: 93,
  NO_BASE: 94,
  UNKNOWN_BASE: 95,
  FAILED: 96,
  /** It was told to end: by a hang-up, or by a guest that shuts down. */
  ENDED: 129,
} as const;

/**
 * `sh -c EXPORT_SCRIPT banger-export DIRECTORY [BASE]`, in the guest: prints what the working tree is, and what differs from the base, as
 * `receive.ts` reads it. POSIX sh and git (2.20 and later), nothing else.
 *
 * Nothing of the repository is touched (WS-3): a copy of the index in a directory of its own inside the git directory takes the changes,
 * and new objects go beside it, with the real ones as alternates. The copy keeps the index's time, or git would believe that files which
 * were changed right after it was written are clean. Paths go from git to git in C's quotes, a line each, which any byte survives without
 * a tool that knows NUL.
 *
 * The guest's own filters run (its git would commit what they make), its hooks do not. Flags by which somebody has told git not to look
 * (`assume-unchanged`, `skip-worktree`) hide no change of a file that is there; one that is not there by a sparse checkout is no deletion.
 * Nested repositories that no commit knows are left out and told, as are changes inside submodules; a submodule's commit is a change.
 */
export const EXPORT_SCRIPT = String.raw`
set -u
LC_ALL=C GIT_TERMINAL_PROMPT=0
export LC_ALL GIT_TERMINAL_PROMPT
unset GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_NAMESPACE GIT_EXTERNAL_DIFF
command -v git >/dev/null 2>&1 || exit ${EXPORT_STATUS.NO_GIT}
cd "$1" 2>/dev/null && [ -e .git ] || exit ${EXPORT_STATUS.NO_REPOSITORY}
base=$2
GIT_DIR=$PWD/.git GIT_WORK_TREE=$PWD
export GIT_DIR GIT_WORK_TREE
g() {
  git --no-pager --literal-pathspecs -c safe.directory='*' -c core.fsmonitor=false -c core.untrackedCache=false \
    -c core.splitIndex=false -c core.sparseCheckout=false -c core.quotePath=true -c core.hooksPath=/dev/null \
    -c core.fileMode=true -c core.symlinks=true -c core.safecrlf=false -c core.trustctime=true -c core.checkStat=default \
    -c diff.suppressBlankEmpty=false -c advice.addEmbeddedRepo=false -c gc.auto=0 "$@"
}
failed() { exit ${EXPORT_STATUS.FAILED}; }
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s/%s\n' "$PWD" "$1" ;; esac; }
common=$(g rev-parse --git-common-dir 2>/dev/null) || exit ${EXPORT_STATUS.NO_REPOSITORY}
common=$(absolute "$common")
# Only a linked worktree has an index elsewhere.
index=$GIT_DIR/index
if [ ! -d "$GIT_DIR" ]; then index=$(g rev-parse --git-path index) && index=$(absolute "$index") || failed; fi

if [ -z "$base" ]; then
  if [ -s "$GIT_DIR/banger/base" ]; then read -r base < "$GIT_DIR/banger/base" || failed
  elif [ ! -d "$GIT_DIR/banger" ]; then exit ${EXPORT_STATUS.NO_BASE}
  fi
fi
if [ -n "$base" ]; then
  base=$(g rev-parse --verify --quiet "$base^{tree}" 2>/dev/null) || exit ${EXPORT_STATUS.UNKNOWN_BASE}
fi

tmp=$common/banger-export.$$
# What an export left that was killed.
for old in "$common"/banger-export.*; do
  pid=$(printf '%s\n' "$old" | sed 's/.*\.//')
  [ -d "$old" ] || continue
  if [ "$pid" = $$ ] || ! kill -0 "$pid" 2>/dev/null; then rm -rf "$old"; fi
done
trap 'rm -rf "$tmp"' EXIT
trap 'exit ${EXPORT_STATUS.ENDED}' HUP INT TERM
mkdir -p "$tmp/objects/info" && printf '../../objects\n' > "$tmp/objects/info/alternates" || exit ${EXPORT_STATUS.NO_ROOM}
if [ -f "$index" ]; then cp -p "$index" "$tmp/index" || exit ${EXPORT_STATUS.NO_ROOM}; fi
GIT_INDEX_FILE=$tmp/index GIT_OBJECT_DIRECTORY=$tmp/objects
export GIT_INDEX_FILE GIT_OBJECT_DIRECTORY
if [ ! -f "$tmp/index" ] && g rev-parse --verify --quiet HEAD >/dev/null; then g read-tree HEAD || failed; fi
if [ -z "$base" ]; then base=$(g hash-object -t tree -w /dev/null) || failed; fi

g ls-files -v --stage > "$tmp/listed" || failed
sed -n 's/^[a-z] [^	]*	//p' "$tmp/listed" > "$tmp/assumed"
if [ -s "$tmp/assumed" ]; then g update-index --no-assume-unchanged --stdin < "$tmp/assumed" || failed; fi
sed -n 's/^[Ss] [^	]*	//p' "$tmp/listed" > "$tmp/skipped"
if [ -s "$tmp/skipped" ]; then
  g update-index --no-skip-worktree --stdin < "$tmp/skipped" || failed
  g ls-files --deleted > "$tmp/deleted" || failed
  [ ! -s "$tmp/deleted" ] || grep -Fxf "$tmp/deleted" "$tmp/skipped" > "$tmp/absent"
  [ ! -s "$tmp/absent" ] || g update-index --skip-worktree --stdin < "$tmp/absent" || failed
fi

sed -n 's/^. 160000 [^	]*	//p' "$tmp/listed" > "$tmp/known"
g add -u || failed
g ls-files --others --exclude-standard > "$tmp/others" || failed
sed -n '/\/"\{0,1\}$/p' "$tmp/others" > "$tmp/nested"
sed '/\/"\{0,1\}$/d' "$tmp/others" > "$tmp/new"
if [ -s "$tmp/new" ]; then g update-index --add --replace --stdin < "$tmp/new" || failed; fi
# A repository in the place of a file that was tracked.
g ls-files --stage > "$tmp/after" || failed
sed -n 's/^160000 [^	]*	//p' "$tmp/after" > "$tmp/linked"
if [ -s "$tmp/known" ]; then grep -vFxf "$tmp/known" "$tmp/linked" > "$tmp/gitlinks"
else cat "$tmp/linked" > "$tmp/gitlinks"
fi
if [ -s "$tmp/gitlinks" ]; then
  g update-index --force-remove --stdin < "$tmp/gitlinks" || failed
  cat "$tmp/gitlinks" >> "$tmp/nested"
fi
: > "$tmp/dirty"
if [ -s "$tmp/known" ]; then
  g diff-files --ignore-submodules=none > "$tmp/raw" || failed
  sed -n 's/^:160000 160000 [^	]*	//p' "$tmp/raw" > "$tmp/dirty"
fi
tree=$(g write-tree) || failed
printf 'banger-export 1\nbase %s\ntree %s\n' "$base" "$tree"
sed 's/^/nested /' "$tmp/nested"
sed 's/^/submodule /' "$tmp/dirty"
printf 'patch\n'
g diff-tree -p -r --binary --full-index --no-ext-diff --no-textconv --no-renames --no-color --no-indent-heuristic \
  --diff-algorithm=myers --ignore-submodules=none --submodule=short --src-prefix=a/ --dst-prefix=b/ -U3 --inter-hunk-context=0 \
  -O/dev/null "$base" "$tree" || failed
`;
