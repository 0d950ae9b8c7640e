export type Shell = "bash" | "zsh" | "fish";
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

const BASH = `# bash completion for banger: load it by
#   source <(banger completion bash)
_banger() {
  local line word
  # Bash splits words at = and :, which options and names hold: take the line apart at blanks instead.
  local -a words
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
  local current="\${words[\${#words[@]}-1]}"
  local prefix=""
  case "$current" in *[=:]*) prefix="\${current%"\${current##*[=:]}"}" ;; esac
  COMPREPLY=()
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    if [[ "$word" == ":files" ]]; then
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${current##*=}")
      compopt -o filenames 2>/dev/null
    else
      COMPREPLY+=("\${word#"$prefix"}")
    fi
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
}
complete -F _banger banger
`;

const ZSH = `#compdef banger
# zsh completion for banger: load it by
#   source <(banger completion zsh)
_banger() {
  local line word about
  local -a described
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    about=""
    [[ "$line" == *$'\\t'* ]] && about="\${line#*$'\\t'}"
    if [[ "$word" == ":files" ]]; then
      _files
    else
      described+=("\${word//:/\\\\:}\${about:+:$about}")
    fi
  done < <("\${words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#described} )) && _describe banger described
}
if [[ "\${funcstack[1]}" == "_banger" ]]; then _banger "$@"; else compdef _banger banger; fi
`;

const FISH = `# fish completion for banger: load it by
#   banger completion fish | source
function __banger_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command $words[1] __complete $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c banger -f -a '(__banger_complete)'
`;

/** The completion script of a shell; all they know comes from \`banger __complete\` when a word is completed (CLI-1). */
export function completionScript(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}
