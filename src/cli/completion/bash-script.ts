import type { Answers } from './answers.ts';
import { caseFunctions } from './case-functions.ts';
import { LISTED_NAMES } from './listed-names.ts';
import { shellText } from './shell-text.ts';

/**
 * The completion script of bash 4.3 or newer. It needs no other package: words that bash has split at `=` and `:` are put
 * together again, and what is in front of the last one is cut from the answers.
 */
export function bashScript(program: string, answers: Answers): string {
  return `# Completes ${program} in bash; made by \`${program} completion bash\`.

${caseFunctions(program, answers)}
${BODY.replaceAll('PROGRAM', program).replace('LISTED_NAMES', () => LISTED_NAMES)}`;
}

const BODY = shellText`# The words up to the cursor as the program will get them, in _words.
_PROGRAM_read_words() {
  local rest=\${COMP_LINE:0:COMP_POINT} trimmed index word
  _words=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    if ((index == COMP_CWORD)); then word=$trimmed; fi
    if ((index > 0)) && [[ $trimmed == "$rest" ]]; then _words[-1]+=$word; else _words+=("$word"); fi
    rest=\${trimmed#"$word"}
  done
}

# Reads _words into _command, _rest (the words behind it) and _wants, which is "member" where a group waits for its next word.
_PROGRAM_find_command() {
  local word
  _command='' _rest=() _wants=member
  for word in "\${_words[@]:1}"; do
    if [[ $_wants == member && $word != -* ]]; then
      _command=\${_command:+$_command }$word
      _PROGRAM_members "$_command" >/dev/null || _wants=operand
    else
      _rest+=("$word")
    fi
  done
}

# Reads _rest: _repo is the repository it names, _operands how many positional words it has, _first the first of them, _pending the
# option that waits for its value, _literal whether options have ended.
_PROGRAM_read_rest() {
  local word
  _repo='' _operands=0 _first='' _pending='' _literal=''
  for word in "\${_rest[@]}"; do
    if [[ -n $_pending ]]; then
      if [[ $_pending == --repo ]]; then _repo=$word; fi
      _pending=''
    elif [[ -n $_literal || $word != -?* ]]; then
      if ((_operands == 0)); then _first=$word; fi
      ((_operands += 1))
    elif [[ $word == -- ]]; then
      _literal=yes
    elif [[ $word == --repo=* ]]; then
      _repo=\${word#--repo=}
    elif [[ $word == --* ]]; then
      if _PROGRAM_value "$word" >/dev/null; then _pending=$word; fi
    elif _PROGRAM_value "-\${word: -1}" >/dev/null; then
      _pending=-\${word: -1}
    fi
  done
}

# The kind of an option's value; fails where it has none.
_PROGRAM_value() { # OPTION
  _PROGRAM_values "$_command $1" || _PROGRAM_values "- $1"
}

_PROGRAM_refs() {
  "$_program" refs \${_repo:+"--repo=\${_repo/#\~/$HOME}"} 2>/dev/null
}

# What lies in the directory that a path in the commit _first begins to name; directories end in a slash.
_PROGRAM_paths() { # TYPED
  local directory=\${1%/*}
  "$_program" ls \${_repo:+"--repo=\${_repo/#\~/$HOME}"} "$_first" "\${directory:-/}" 2>/dev/null | sed -E 'LISTED_NAMES'
}

# The kind of the positional word that is being typed.
_PROGRAM_operand() {
  local kinds last
  mapfile -t kinds < <(_PROGRAM_operands "$_command")
  if ((\${#kinds[@]} == 0)); then return; fi
  last=\${kinds[-1]}
  if [[ $last == ... ]]; then
    unset 'kinds[-1]'
    if ((_operands >= \${#kinds[@]})); then _operands=$((\${#kinds[@]} - 1)); fi
  fi
  printf '%s' "\${kinds[_operands]-}"
}

# Offers the lines of standard input that begin with what stands behind the prefix; a word that ends in "=" or "/" gets no blank.
_PROGRAM_offer_lines() { # PREFIX
  local line typed=\${_current#"$1"}
  while IFS= read -r line; do
    line=\${line%%$'\t'*}
    if [[ $line != "$typed"* ]]; then continue; fi
    if [[ $line != *[=/] ]]; then line+=' '; fi
    COMPREPLY+=("$1$line")
  done
}

_PROGRAM_offer_paths() { # PREFIX ACTION
  compopt -o filenames +o nospace 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "$1" -A "$2" -- "\${_current#"$1"}")
}

_PROGRAM_offer() { # KIND PREFIX
  case $1 in
    ref) _PROGRAM_offer_lines "$2" < <(_PROGRAM_refs) ;;
    ref-or-directory) if [[ \${_current#"$2"} == [./]* ]]; then _PROGRAM_offer directory "$2"; else _PROGRAM_offer ref "$2"; fi ;;
    path-in-commit) _PROGRAM_offer_lines "$2" < <(_PROGRAM_paths "\${_current#"$2"}") ;;
    verb) _PROGRAM_offer_lines "$2" < <(_PROGRAM_members "\${_rest[*]}") ;;
    file | directory) _PROGRAM_offer_paths "$2" "$1" ;;
    words\ *) _PROGRAM_offer_lines "$2" < <(tr ' ' '\n' <<<"\${1#words }") ;;
  esac
}

# Bash replaces only what stands behind the last character that it breaks words at.
_PROGRAM_cut_replies() {
  local breaks=\${COMP_WORDBREAKS//[!=:]/} kept index
  if [[ -z $breaks || $_current != *["$breaks"]* ]]; then return; fi
  kept=\${_current%"\${_current##*["$breaks"]}"}
  for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$kept"}; done
}

_PROGRAM() {
  local _words _command _rest _wants _repo _operands _first _pending _literal _current _program=\${1/#\~/$HOME}
  COMPREPLY=()
  _PROGRAM_read_words
  _current=\${_words[-1]}
  unset '_words[-1]'
  _PROGRAM_find_command
  _PROGRAM_read_rest
  if [[ -n $_pending ]]; then
    _PROGRAM_offer "$(_PROGRAM_value "$_pending")" ''
  elif [[ -z $_literal && $_current == --*=* ]]; then
    _PROGRAM_offer "$(_PROGRAM_value "\${_current%%=*}")" "\${_current%%=*}="
  elif [[ -z $_literal && $_current == -* ]]; then
    _PROGRAM_offer_lines '' < <(_PROGRAM_options "$_command" && _PROGRAM_options -)
  elif [[ $_wants == member ]]; then
    _PROGRAM_offer_lines '' < <(_PROGRAM_members "$_command")
  else
    _PROGRAM_offer "$(_PROGRAM_operand)" ''
  fi
  _PROGRAM_cut_replies
}

complete -o nospace -F _PROGRAM PROGRAM
`;
