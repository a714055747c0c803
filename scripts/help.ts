/** How the help speaks of defaults: also of those that are only described, and not of a switch that is off, as all are. */
import { Help, type Option } from 'commander'

export const help: Partial<Help> = {
  optionDescription(option: Option): string {
    const { description, defaultValue, defaultValueDescription: told } = option
    if (defaultValue === false) return description
    const shown = Help.prototype.optionDescription.call(this, option)
    return told === undefined || defaultValue !== undefined || shown.includes('(default: ')
      ? shown
      : `${shown} (default: ${told})`
  }
}
