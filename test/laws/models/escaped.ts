/**
 * SLIP, COBS and dot-stuffing, naive: the wire of a whole frame is collected and then read at once.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError, MalformedFrameError } from '../../../lib/errors.ts'
import type { Codec } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'
import { cutOffError, type Machine, naive } from './machine.ts'

interface Escaped {
  readonly name: string
  readonly mark: Uint8Array
  readonly maxBytes: number
  /** More bytes of wire than these are too many, whatever is in them. */
  readonly maxWire: number
  readonly skipEmpty: boolean
  /** The payload of a wire without its mark; undefined for bytes that mean nothing. */
  readonly read: (wire: number[]) => number[] | undefined
  /** The wire with its mark; undefined where the payload cannot be written. */
  readonly write: (payload: number[]) => number[] | undefined
  /** Further wires that are a whole frame. */
  readonly whole?: Uint8Array
}

function naiveEscaped({ name, mark, maxBytes, maxWire, skipEmpty, read, write, whole }: Escaped): Codec<Uint8Array> {
  const machine = (): Machine<Uint8Array> => {
    let bytes: number[] = []
    return {
      byte: (value) => {
        bytes.push(value)
        const isWhole = whole !== undefined && String(bytes) === String([...whole])
        const found = isWhole || String(bytes.slice(-mark.length)) === String([...mark])
        const wire = bytes.slice(0, Math.max(0, bytes.length - mark.length))
        if (!found && wire.length >= maxWire) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        if (!found) return undefined
        bytes = []
        if (isWhole) return { frame: new Uint8Array(0) }
        if (skipEmpty && wire.length === 0) return undefined
        if (wire.length > maxWire) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        const payload = read(wire)
        if (payload === undefined) throw new MalformedFrameError(name, 'bytes that mean nothing')
        if (payload.length > maxBytes) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        return { frame: Uint8Array.from(payload) }
      },
      end: () => {
        if (bytes.length > 0) throw cutOffError(name, 'payload', bytes)
        return undefined
      },
      held: () => bytes.length
    }
  }
  const writeFrame = (frame: Uint8Array): Uint8Array => {
    if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
    const wire = write([...frame])
    if (wire === undefined) throw new FrameRefusedError(name, 'that cannot be written')
    return Uint8Array.from(wire)
  }
  return naive({ name, machine, writer: () => writeFrame })
}

export function naiveSlip({ maxBytes }: { maxBytes: number }): Codec<Uint8Array> {
  const code = (text: string): number[] => [...Buffer.from(text, 'latin1')]
  return naiveEscaped({
    name: 'slip',
    mark: Uint8Array.of(0xc0),
    maxBytes,
    maxWire: 2 * maxBytes,
    skipEmpty: true,
    read(wire) {
      const text = Buffer.from(wire).toString('latin1')
      if (!/^(?:[^\xdb]|\xdb[\xdc\xdd])*$/s.test(text)) return undefined
      return code(text.replace(/\xdb./gs, (pair) => (pair === '\xdb\xdc' ? '\xc0' : '\xdb')))
    },
    write(payload) {
      const text = Buffer.from(payload).toString('latin1')
      const escaped = text.replace(/[\xc0\xdb]/g, (one) => (one === '\xc0' ? '\xdb\xdc' : '\xdb\xdd'))
      return payload.length === 0 ? undefined : code(`${escaped}\xc0`)
    }
  })
}

export function naiveCobs({ maxBytes }: { maxBytes: number }): Codec<Uint8Array> {
  return naiveEscaped({
    name: 'cobs',
    mark: Uint8Array.of(0),
    maxBytes,
    maxWire: maxBytes + Math.floor(maxBytes / 254) + 1,
    skipEmpty: true,
    read(wire) {
      const payload: number[] = []
      for (let at = 0; at < wire.length; ) {
        const code = wire[at]!
        if (at + code > wire.length) return undefined
        payload.push(...wire.slice(at + 1, at + code))
        at += code
        if (code < 255 && at < wire.length) payload.push(0)
      }
      return payload
    },
    write(payload) {
      // The zero that the receiver adds behind the last group is the end of the last group here.
      const wire: number[] = []
      let group: number[] = []
      for (const [index, byte] of payload.entries()) {
        if (byte !== 0) group.push(byte)
        const isFull = group.length === 254 && index < payload.length - 1
        if (byte !== 0 && !isFull) continue
        wire.push(group.length + 1, ...group)
        group = []
      }
      return [...wire, group.length + 1, ...group, 0]
    }
  })
}

export function naiveDots({ maxBytes }: { maxBytes: number }): Codec<Uint8Array> {
  return naiveEscaped({
    name: 'dot-stuffed',
    mark: utf8('\r\n.\r\n'),
    whole: utf8('.\r\n'),
    maxBytes,
    maxWire: 2 * maxBytes,
    skipEmpty: false,
    read(wire) {
      const text = `${Buffer.from(wire).toString('latin1')}\r\n`
      if (!/^(?:[^\r\n]*\r\n)*$/.test(text)) return undefined
      const lines = text.split('\r\n').map((line) => (line.startsWith('.') ? line.slice(1) : line))
      return [...Buffer.from(lines.join('\r\n'), 'latin1')]
    },
    write(payload) {
      const text = Buffer.from(payload).toString('latin1')
      if (!/^(?:[^\r\n]*\r\n)*$/.test(text)) return undefined
      const lines = text.split('\r\n').map((line) => (line.startsWith('.') ? `.${line}` : line))
      return [...Buffer.from(`${lines.join('\r\n')}.\r\n`, 'latin1')]
    }
  })
}
