import type { Answers } from './answers.ts';
import { caseFunctions } from './case-functions.ts';
import { LISTED_NAMES } from './listed-names.ts';
import { shellText } from './shell-text.ts';

/** The completion script of zsh: a file `_coppice` of a directory in `fpath`, or sourced after compinit. */
export function zshScript(program: string, answers: Answers): string {
  return `#compdef ${program}
# Completes ${program} in zsh; made by \`${program} completion zsh\`.

${caseFunctions(program, answers)}
${BODY.replaceAll('PROGRAM', program).replace('LISTED_NAMES', () => LISTED_NAMES)}`;
}

const BODY = shellText`# Offers lines of words and their meanings; a word that ends in "=" gets no blank.
_PROGRAM_describe() { # TAG LINES
  local line
  local -a plain open
  for line in "\${(@f)2}"; do
    line=\${\${line%%$'\t'*}//:/\\:}:\${line#*$'\t'}
    if [[ $line == *=:* ]]; then open+=("$line"); else plain+=("$line"); fi
  done
  _describe -t $1 $1 plain -- open -S ''
}

# The kind of an option's value; fails where it has none.
_PROGRAM_value() { # OPTION
  _PROGRAM_values "$command $1" || _PROGRAM_values "- $1"
}

_PROGRAM_refs() {
  local -a found
  found=("\${(@f)$($program refs \${repo:+--repo=$repo} 2>/dev/null)}")
  compadd "$@" -- \${found:#}
}

# What lies in the directory that a path in the commit begins to name; a directory gets a slash and no blank.
_PROGRAM_paths() { # TYPED
  local -a found
  found=("\${(@f)$($program ls \${repo:+--repo=$repo} "$first" "\${\${1%/*}:-/}" 2>/dev/null | sed -E 'LISTED_NAMES')}")
  compadd -S '' -- \${(M)found:#*/}
  compadd -- \${\${found:#*/}:#}
}

_PROGRAM_offer() { # KIND
  case $1 in
    ref) _PROGRAM_refs ;;
    ref-or-directory) _alternative 'refs:ref:_PROGRAM_refs' 'directories:directory:_files -/' ;;
    path-in-commit) _PROGRAM_paths "\${current#--*=}" ;;
    verb) _PROGRAM_describe commands "$(_PROGRAM_members "$rest")" ;;
    file) _files ;;
    directory) _files -/ ;;
    words\ *=*) compadd -S '' -- \${=1#words } ;;
    words\ *) compadd -- \${=1#words } ;;
  esac
}

# Reads the words before the cursor into the variables of its caller.
_PROGRAM_read_words() {
  local word
  for word in "\${(@Q)words[2,CURRENT-1]}"; do
    if [[ $wants == member && $word != -* ]]; then
      command=\${command:+$command }$word
      _PROGRAM_members "$command" >/dev/null || wants=operand
    else
      rest+=("$word")
    fi
  done
  for word in "\${(@)rest}"; do
    if [[ -n $pending ]]; then
      if [[ $pending == --repo ]]; then repo=$word; fi
      pending=''
    elif [[ -n $literal || $word != -?* ]]; then
      if ((operands == 0)); then first=$word; fi
      ((operands += 1))
    elif [[ $word == -- ]]; then
      literal=yes
    elif [[ $word == --repo=* ]]; then
      repo=\${word#--repo=}
    elif [[ $word == --* ]]; then
      if _PROGRAM_value "$word" >/dev/null; then pending=$word; fi
    elif _PROGRAM_value "-\${word[-1]}" >/dev/null; then
      pending=-\${word[-1]}
    fi
  done
  repo=\${repo/#\~/$HOME}
}

_PROGRAM() {
  local program=\${words[1]/#\~/$HOME} current=$words[CURRENT] command='' wants=member repo='' first='' pending='' literal=''
  local -a rest kinds
  integer operands=0
  _PROGRAM_read_words
  if [[ -n $pending ]]; then
    _PROGRAM_offer "$(_PROGRAM_value "$pending")"
  elif [[ -z $literal && $current == --*=* ]]; then
    compset -P 1 '*='
    _PROGRAM_offer "$(_PROGRAM_value "\${current%%=*}")"
  elif [[ -z $literal && $current == -* ]]; then
    _PROGRAM_describe options "$(_PROGRAM_options "$command" && _PROGRAM_options -)"
  elif [[ $wants == member ]]; then
    _PROGRAM_describe commands "$(_PROGRAM_members "$command")"
  else
    kinds=("\${(@f)$(_PROGRAM_operands "$command")}")
    if [[ $kinds[-1] == ... ]]; then
      kinds[-1]=()
      if ((operands >= $#kinds)); then operands=$(($#kinds - 1)); fi
    fi
    _PROGRAM_offer "\${kinds[operands+1]-}"
  fi
}

if [[ $funcstack[1] == _PROGRAM ]]; then _PROGRAM "$@"; else compdef _PROGRAM PROGRAM; fi
`;
