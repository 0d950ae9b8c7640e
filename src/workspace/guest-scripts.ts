/**
 * What is run in the guest, with /bin/sh and as few programs as it takes. Nothing under /root/repo is touched before the whole archive
 * is there (`complete` is its last member: tar alone takes an archive that was cut at a member's end for a whole one).
 */
export const GUEST_HOME = "/root";

/** Where the checkout is in the guest. */
export const REPO = `${GUEST_HOME}/repo`;

/** Directories that archives are unpacked in: on the same filesystem, so that what is there is renamed into place. */
export const STAGING = ".banger-repo.";

/** What a script ends with that was told to: by a hang-up of ours, or by a guest that shuts down. */
export const ENDED_STATUS = 129;

/** Every script begins so; `$1` is the home that the checkout is in. */
const BEGIN = `home=$1
repo=$home/repo
`;

/** `$2` is the staging directory's name. */
const RECEIVE = `${BEGIN}set -eu
umask 022
dir=$home/$2
trap 'exit ${ENDED_STATUS}' HUP INT TERM
trap 'rm -rf "$dir"' EXIT
rm -rf "$home"/${STAGING}*
mkdir -m 700 "$dir"
command -v tar >/dev/null || { echo "the guest has no tar" >&2; exit 3; }
tar -x -f - -C "$dir"
[ -f "$dir/complete" ] || { echo "the archive was cut short" >&2; exit 3; }
trap '' HUP INT TERM
if command -v git >/dev/null && ! git config --system --get-all safe.directory 2>/dev/null | grep -qxF "$repo"; then
  git config --system --add safe.directory "$repo" || :
fi
`;

/** `$3` is `new` or `replace`. */
export const FULL_COPY = `${RECEIVE}
if [ -e "$repo" ] || [ -L "$repo" ]; then
  [ "$3" = replace ] || { echo "$repo is there by now" >&2; exit 4; }
  mv "$repo" "$dir/old"
fi
mv "$dir/repo" "$repo" || { [ ! -e "$dir/old" ] || mv "$dir/old" "$repo"; exit 5; }
`;

/**
 * `$3` is the branch that HEAD is to be on, or empty; `$4` its commit, or empty for no change. The marker stays
 * when the machine is stopped in the middle: the next prepare knows then that the tree is neither the old one nor the new one.
 */
export const UPDATE = `${RECEIVE}
cd "$repo"
: > .git/banger/applying
if [ -n "$4" ]; then
  git index-pack --fix-thin --stdin < "$dir/git/pack" >/dev/null
  if [ -f "$dir/git/shallow" ]; then mv "$dir/git/shallow" .git/shallow; else rm -f .git/shallow; fi
  if [ -n "$3" ]; then git update-ref "$3" "$4"; git symbolic-ref HEAD "$3"; else git update-ref --no-deref HEAD "$4"; fi
  mv "$dir/git/index" .git/index
fi
xargs -0 -r rm -f -- < "$dir/delete"
xargs -0 -r rmdir --ignore-fail-on-non-empty -- < "$dir/empty" 2>/dev/null || :
[ ! -d "$dir/files" ] || cp -a --remove-destination "$dir/files/." .
cp "$dir/banger/"* .git/banger/
rm -f .git/banger/applying
`;

/**
 * Prints the state, then, of a tree that banger has laid: HEAD's file, HEAD's commit, and both as they were laid. `lacks` is followed by what
 * an update would need of the guest: its busybox, say, has a `stat` that knows no names of any bytes.
 */
export const STATE = `${BEGIN}cd "$repo" 2>/dev/null || { if [ -e "$repo" ] || [ -L "$repo" ]; then echo foreign; else echo absent; fi; exit 0; }
[ -f .git/banger/manifest ] || { echo foreign; exit 0; }
[ ! -e .git/banger/applying ] || { echo torn; exit 0; }
lacks() { echo lacks; echo "$1"; exit 0; }
command -v git >/dev/null || lacks git
for each in 'stat --printf x /proc' 'sha256sum -z /dev/null' 'readlink -z /proc/self' 'cp --remove-destination --version'; do
  $each >/dev/null 2>&1 || lacks "GNU coreutils"
done
echo ours
head -n 1 .git/HEAD
git rev-parse --verify --quiet HEAD || echo none
head -n 1 .git/banger/head
head -n 1 .git/banger/base
`;

/** Types and modes of the paths on standard input, in hexadecimal; nothing for what is not there. */
export const STAT = `${BEGIN}cd "$repo" && xargs -0 -r stat --printf '%f %n\\0' -- 2>/dev/null || :`;

/** `<sha256>  <path>` of regular files. */
export const HASH = `${BEGIN}cd "$repo" && xargs -0 -r sha256sum -z -- 2>/dev/null || :`;

/** The targets of links, in their order. */
export const READLINK = `${BEGIN}cd "$repo" && xargs -0 -r readlink -z -- 2>/dev/null || :`;

/** All that is at and below the directories on standard input, which begin with `./`. */
export const INSIDE = `${BEGIN}cd "$repo" && xargs -0 -r sh -c 'find "$@" -print0' find`;

/** The records of the last prepare: of files, and of submodules. */
export const MANIFEST = `${BEGIN}cat "$repo/.git/banger/manifest"`;
export const SUBMODULES = `${BEGIN}cat "$repo/.git/banger/submodules" 2>/dev/null || :`;

/** The commit of the branch `$2`, or nothing. */
export const BRANCH = `${BEGIN}cd "$repo" && git rev-parse --verify --quiet "$2^{commit}" || :`;

/** HEAD's file and HEAD's commit of each submodule on standard input; nothing for one that is not there. */
export const HEADS = `${BEGIN}cd "$repo" && xargs -0 -r -n 1 sh -c 'cd "$0" 2>/dev/null && [ -d .git ] || exit 0
head -n 1 .git/HEAD
git rev-parse --verify --quiet HEAD || echo none'`;
