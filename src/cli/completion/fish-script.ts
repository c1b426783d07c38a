import type { Answer, Answers } from './answers.ts';
import { LISTED_NAMES } from './listed-names.ts';
import { shellText } from './shell-text.ts';

/** The completion script of fish 3 or newer. */
export function fishScript(program: string, answers: Answers): string {
  const functions = Object.entries(answers).map(([question, list]: [string, readonly Answer[]]) => switchFunction(`__${program}_${question}`, list));
  return `# Completes ${program} in fish; made by \`${program} completion fish\`.

${functions.join('\n')}
${BODY.replaceAll('PROGRAM', program).replace('LISTED_NAMES', () => LISTED_NAMES)}`;
}

/** A function that prints the lines for its argument, or fails where it has none. */
function switchFunction(name: string, answers: readonly Answer[]): string {
  const branches = answers.map(({ asked, lines }) => `    case ${asked.map(quoted).join(' ')}\n      ${printing(lines)}\n`);
  return `function ${name}\n  switch "$argv[1]"\n${branches.join('')}    case '*'\n      return 1\n  end\nend\n`;
}

function printing(lines: readonly string[]): string {
  return lines.length === 0 ? 'true' : ["printf '%s\\n'", ...lines.map((line) => `  ${quoted(line)}`)].join(' \\\n      ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}

const BODY = shellText`# Offers what the kind names, each behind the prefix, which is the part of the word in front of the value.
function __PROGRAM_offer --argument-names kind prefix repo first
  set -l typed (string sub --start (math (string length -- "$prefix") + 1) -- (commandline --current-token))
  switch "$kind"
    case ref
      set -l program (commandline -opc)[1]
      set -l where
      test -n "$repo"; and set where --repo="$repo"
      printf '%s\n' $prefix($program refs $where 2>/dev/null)
    case ref-or-directory
      __PROGRAM_offer ref "$prefix" "$repo"
      __PROGRAM_offer directory "$prefix" "$repo"
    case path-in-commit
      set -l program (commandline -opc)[1]
      set -l where
      test -n "$repo"; and set where --repo="$repo"
      set -l directory (string replace --regex -- '/[^/]*$' '' "$typed")
      test -n "$directory"; or set directory /
      printf '%s\n' $prefix($program ls $where "$first" "$directory" 2>/dev/null | sed -E 'LISTED_NAMES')
    case file
      printf '%s\n' $prefix(__fish_complete_path "$typed")
    case directory
      printf '%s\n' $prefix(__fish_complete_directories "$typed")
    case 'words *'
      printf '%s\n' $prefix(string split ' ' -- "$kind")[2..-1]
  end
end

# The kind of an option's value; fails where it has none.
function __PROGRAM_value --argument-names command option
  __PROGRAM_values "$command $option"; or __PROGRAM_values "- $option"
end

function __PROGRAM_complete
  set -l words (commandline -opc)[2..-1]
  set -l current (commandline --current-token)
  set -l command ''
  set -l wants member
  set -l rest
  for word in $words
    if test $wants = member; and not string match --quiet -- '-*' $word
      set command (string trim -- "$command $word")
      __PROGRAM_members "$command" >/dev/null; or set wants operand
    else
      set --append rest $word
    end
  end
  set -l repo ''
  set -l first ''
  set -l pending ''
  set -l literal ''
  set -l operands 0
  for word in $rest
    if test -n "$pending"
      test $pending = --repo; and set repo $word
      set pending ''
    else if test -n "$literal"; or not string match --quiet --regex -- '^-.' $word
      test $operands -eq 0; and set first $word
      set operands (math $operands + 1)
    else if test $word = --
      set literal yes
    else if string match --quiet -- '--repo=*' $word
      set repo (string replace -- --repo= '' $word)
    else
      set -l last $word
      string match --quiet -- '--*' $word; or set last -(string sub --start -1 -- $word)
      __PROGRAM_value "$command" $last >/dev/null; and set pending $last
    end
  end
  if test -n "$pending"
    __PROGRAM_offer "$(__PROGRAM_value "$command" $pending)" '' "$repo" "$first"
  else if test -z "$literal"; and string match --quiet -- '--*=*' $current
    set -l name (string split --max 1 = -- $current)[1]
    __PROGRAM_offer "$(__PROGRAM_value "$command" $name)" $name= "$repo" "$first"
  else if test -z "$literal"; and string match --quiet -- '-*' $current
    __PROGRAM_options "$command"; and __PROGRAM_options -
  else if test $wants = member
    __PROGRAM_members "$command"
  else
    set -l kinds (__PROGRAM_operands "$command")
    if test "$kinds[-1]" = ...
      set --erase kinds[-1]
      test $operands -ge (count $kinds); and set operands (math (count $kinds) - 1)
    end
    set -l kind $kinds[(math $operands + 1)]
    if test "$kind" = verb
      __PROGRAM_members "$rest"
    else
      __PROGRAM_offer "$kind" '' "$repo" "$first"
    end
  end
end

complete --command PROGRAM --no-files --arguments '(__PROGRAM_complete)'
`;
