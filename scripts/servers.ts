/** Every server and client by name: the one list that the command line, the tests and the documentation read. */
import type { Client, Server } from '../lib/index.ts'
import { blocks, blocksClient } from '../servers/blocks.ts'
import { broadcast, broadcastClient } from '../servers/broadcast.ts'
import { chat, chatClient } from '../servers/chat/chat.ts'
import { echo, echoClient } from '../servers/echo.ts'
import { exec, execClient } from '../servers/exec.ts'
import { python, pythonClient } from '../servers/python.ts'
import { sixteen, sixteenClient } from '../servers/sixteen.ts'
import { streamer, streamerClient } from '../servers/streamer.ts'
import { talk, talkClient } from '../servers/talk/talk.ts'
import { time, timeClient } from '../servers/time.ts'
import { timestamp, timestampClient } from '../servers/timestamp.ts'
import { upper, upperClient } from '../servers/upper.ts'
import { zen, zenClient } from '../servers/zen.ts'

// biome-ignore lint/suspicious/noExplicitAny: each server has options of its own type, told by its own table
export const servers: readonly Server<any>[] = [
  echo,
  zen,
  time,
  broadcast,
  sixteen,
  streamer,
  blocks,
  timestamp,
  upper,
  exec,
  python,
  talk,
  chat
]
// biome-ignore lint/suspicious/noExplicitAny: as above
export const clients: readonly Client<any>[] = [
  echoClient,
  zenClient,
  timeClient,
  broadcastClient,
  sixteenClient,
  streamerClient,
  blocksClient,
  timestampClient,
  upperClient,
  execClient,
  pythonClient,
  talkClient,
  chatClient
]
