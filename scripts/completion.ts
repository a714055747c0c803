/**
 * `it-serve completion SHELL`: a script that asks `it-serve complete -- WORDS` at each key. What is told comes from the tree
 * of commands alone, so that a new server or option is there at once. The words are handed on as they are and never
 * evaluated: typing `$(...)` runs nothing.
 *
 * The answer is a line that says what follows (`words`, or `files` for a file of the shell's finding), then a line for each
 * word, with what it does behind a tab.
 */
import { Argument, Command, type Option } from 'commander'
import { kindOf } from './configuration/setting.ts'

export function completionCommand(): Command {
  return new Command('completion')
    .description('print a script that completes commands and options: source <(it-serve completion bash)')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts, _, command: Command) => {
      command.configureOutput().writeOut?.(scripts[shell])
    })
}

export function completeCommand(): Command {
  return new Command('complete')
    .argument('[words...]', 'what was typed behind it-serve, up to the word to be completed')
    .action((words: string[], _, command: Command) => {
      const lines = completions(command.parent as Command, words)
      command.configureOutput().writeOut?.(lines.map((line) => `${line}\n`).join(''))
    })
}

/** @example completions(program, ['serve', 'ec']) // ['words', 'echo\tSends every byte back as it came'] */
export function completions(program: Command, words: readonly string[]): string[] {
  let command = program
  let pending: Option | undefined
  const typed = joined(words)
  const last = typed.pop() ?? ''
  for (const word of typed) {
    if (pending !== undefined) pending = undefined
    else if (word.startsWith('-')) pending = word.includes('=') ? undefined : withValue(command, word)
    else command = command.commands.find((one) => one.name() === word) ?? command
  }
  const [flag, begun] = last.startsWith('--') && last.includes('=') ? split(last) : ['', last]
  const option = pending ?? (flag === '' ? undefined : withValue(command, flag.slice(0, -1)))
  if (option !== undefined) return valuesOf(option, flag, begun)
  const help = command.createHelp()
  const offered = last.startsWith('-')
    ? help.visibleOptions(command).map((one) => [one.long ?? one.flags, one.description] as const)
    : help.visibleCommands(command).map((one) => [one.name(), one.description()] as const)
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) =>
    argChoices.map((one) => [one, ''] as const)
  )
  return ['words', ...[...offered, ...choices].filter(([name]) => name.startsWith(last)).map(line)]
}

/** bash takes `--flag=value` for three words. */
function joined(words: readonly string[]): string[] {
  const whole: string[] = []
  for (const word of words) {
    const before = whole.at(-1)
    if (before?.startsWith('--') && (word === '=' || before.endsWith('='))) whole[whole.length - 1] = before + word
    else whole.push(word)
  }
  return whole
}

function split(word: string): [flag: string, begun: string] {
  const end = word.indexOf('=') + 1
  return [word.slice(0, end), word.slice(end)]
}

function withValue(command: Command, flag: string): Option | undefined {
  const option = command.options.find(({ long, short }) => flag === long || flag === short)
  return option?.required || option?.optional ? option : undefined
}

function valuesOf(option: Option, flag: string, begun: string): string[] {
  if (kindOf(option) === 'path') return ['files']
  const choices = (option.argChoices ?? []).filter((choice) => choice.startsWith(begun))
  return ['words', ...choices.map((choice) => `${flag}${choice}`)]
}

/** What a list of words has room for: the defaults and their reasons stand in the help. */
function line([name, description]: readonly [name: string, description: string]): string {
  return `${name}\t${description.replace(/ \(.*$/s, '')}`
}

const scripts = {
  bash: `# bash completion of it-serve: source <(it-serve completion bash)
_it_serve() {
  local kind word description current=\${COMP_WORDS[COMP_CWORD]#=}
  COMPREPLY=()
  {
    IFS= read -r kind
    while IFS=$'\\t' read -r word description; do COMPREPLY+=("\${word#--*=}"); done
  } < <(it-serve complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
  fi
}
complete -F _it_serve it-serve
`,
  zsh: `#compdef it-serve
# zsh completion of it-serve: source <(it-serve completion zsh), behind compinit
_it_serve() {
  local -a lines described
  lines=("\${(@f)$(it-serve complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '--*='
    _files
  else
    shift lines
    described=("\${(@)lines//:/\\\\:}")
    described=("\${(@)described/$'\\t'/:}")
    (( $#lines )) && _describe it-serve described
  fi
}
compdef _it_serve it-serve
`,
  fish: `# fish completion of it-serve: it-serve completion fish | source
function __it_serve
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (it-serve complete -- $words[2..-1] 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines[2..-1]
    end
end
complete -c it-serve -f -a '(__it_serve)'
`
} as const
