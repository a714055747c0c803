/**
 * Bytes in rows of hex, each row of one part of one frame, which stands beside it; places in the stream can be marked
 * between the bytes, and remarks stand below the byte that they are about.
 */
import type { Dissection, Piece } from './dissect.ts'

export interface DumpOptions {
  /** What to write in front of the byte at this index (`||` for a border between chunks, say). */
  marks?: ReadonlyMap<number, string>
  /** Leaves out the middle of long payloads, unless there is a mark in it. */
  short?: boolean
}

interface Row {
  readonly from: number
  readonly to: number
  readonly label: string
  readonly text: string
}

const width = 16

export function dump(bytes: Uint8Array, { pieces, remarks }: Dissection, options: DumpOptions = {}): string[] {
  const { marks = new Map<number, string>(), short = false } = options
  const rows = pieces.flatMap((piece) => rowsOf(bytes, piece))
  const end = bytes.byteLength
  const gutter = Math.max(0, ...rows.map(({ from }) => (marks.get(from) ?? '').length))
  const hexOf = ({ from, to }: Row): string => {
    let hex = gutter === 0 ? '' : `${(marks.get(from) ?? '').padStart(gutter)} `
    for (let at = from; at < to; at++) {
      if (at > from) hex += marks.has(at) ? ` ${marks.get(at)} ` : ' '
      hex += (bytes[at] as number).toString(16).padStart(2, '0')
    }
    return to === end && marks.has(end) ? `${hex} ${marks.get(end)}` : hex
  }
  const hexes = rows.map(hexOf)
  const [hexWidth, labelWidth] = [longest(hexes), longest(rows.map(({ label }) => label))]
  const lines: string[] = []
  let left = 0
  for (const [index, row] of rows.entries()) {
    const marked = [...marks.keys()].some((at) => at >= row.from && at < row.to)
    if (short && !marked && isMiddle(rows, index) && isMiddle(rows, index + 1)) left += row.to - row.from
    else {
      if (left > 0) lines.push(`${' '.repeat(6)}... ${left} bytes more of the same`)
      left = 0
      const label = row.label.padEnd(labelWidth)
      const at = row.from.toString(16).padStart(4, '0')
      lines.push(`${at}  ${hexes[index]?.padEnd(hexWidth)}  ${label}  ${row.text}`.trimEnd())
    }
    for (const { at, text } of remarks) if (at === row.to) lines.push(`${' '.repeat(6)}${text}`)
  }
  return lines
}

/** A row that goes on from the one above it, which is the second of its piece at least. */
function isMiddle(rows: readonly Row[], index: number): boolean {
  return rows[index]?.label === '' && rows[index - 1]?.label === ''
}

function rowsOf(bytes: Uint8Array, { from, to, frame, phase }: Piece): Row[] {
  const rows: Row[] = []
  for (let at = from; at < to; at += width) {
    const next = Math.min(at + width, to)
    const label = frame === undefined ? 'not read' : `frame ${frame} ${phase}`
    const text = phase === 'payload' || phase === 'trailer' ? printable(bytes.subarray(at, next)) : ''
    rows.push({ from: at, to: next, label: at === from ? label : '', text })
  }
  return rows
}

function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length))
}
