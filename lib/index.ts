/** The one door: everything public comes through here. */

export {
  type AdmissionDesk,
  SharedAdmission,
  type SharedAdmissionMember
} from './admission/shared-admission.ts'
export { BodyBegin, BodyData, BodyEnd, type BodyPart } from './body.ts'
export { ctime } from './calendar/ctime.ts'
export { strftime } from './calendar/strftime.ts'
export type { Client, ClientRequest } from './client.ts'
export { systemClock } from './clock.ts'
export type { AsciiLength } from './codec/ascii-field.ts'
export { type ChunkedOptions, chunked } from './codec/chunked.ts'
export { close } from './codec/close.ts'
export { cobs } from './codec/cobs.ts'
export { CountedPassage } from './codec/counted-passage.ts'
export { type DelimiterOptions, delimiter } from './codec/delimiter.ts'
export { dotStuffed } from './codec/dot-stuffed.ts'
export { type ExplainOptions, explain } from './codec/explain.ts'
export { fixed } from './codec/fixed.ts'
export type { FragmentOptions, LastBlock } from './codec/fragments.ts'
export { type FrameCodecOptions, frameCodec } from './codec/frame-codec.ts'
export type { Framer } from './codec/frame-decoder.ts'
export { halfClose } from './codec/half-close.ts'
export type { HeldBytes } from './codec/held-bytes.ts'
export { json } from './codec/json.ts'
export type { Oversized, Passage } from './codec/large-frame.ts'
export { type LengthFrame, type LengthOptions, length } from './codec/length.ts'
export type { FromHeader, HeadedFrame, HeaderFormat, LayoutOptions } from './codec/length-layout.ts'
export { mapCodec } from './codec/map-codec.ts'
export type { Packer } from './codec/packer.ts'
export type { PluggedLength } from './codec/plugged-field.ts'
export { isSignal, type Signal } from './codec/signal.ts'
export { slip } from './codec/slip.ts'
export { type SwitchingOptions, switching } from './codec/switching.ts'
export type { AfterFrame, SwitchTo } from './codec/switching-phase.ts'
export { text } from './codec/text.ts'
export type { TextLength } from './codec/text-field.ts'
export { typedLines } from './codec/typed-lines.ts'
export type { UntilEndOptions } from './codec/until-end.ts'
export type { ConnectionInfo } from './connection-info.ts'
export * from './errors.ts'
export {
  type AuthAttempt,
  type CloseReason,
  closeReasons,
  type DatagramRefusal,
  datagramRefusals,
  type RefuseReason,
  refuseReasons,
  type ServeEvent
} from './events.ts'
export { formatPeer } from './format-peer.ts'
export { type AuthGateOptions, authGate } from './gate/auth-gate.ts'
export { type AuthLoginOptions, authLogin } from './gate/auth-login.ts'
export { type AuthMethod, authMethods } from './gate/auth-method.ts'
export { type AuthkeyOptions, authkeyGate, authkeyLogin } from './gate/authkey.ts'
export { DatagramGuard, type DatagramRules } from './gate/datagram-guard.ts'
export { readKeyFile } from './gate/read-key-file.ts'
export { largest, limits, type ServeLimits, type ServiceLimit, serviceLimits } from './limits.ts'
export {
  choice,
  count,
  defaultsOf,
  file,
  flag,
  type Option,
  type OptionTable,
  seconds,
  size,
  word
} from './options.ts'
export { printable } from './printable.ts'
export { type ProxyOptions, proxy } from './proxy.ts'
export { quoted } from './quoted.ts'
export { type Requests, requests } from './requests.ts'
export { serve } from './serve.ts'
export type { ServeOptions } from './serve-options.ts'
export type { DatagramManners, Gate, GateContext, Handler, OnEvent, Server, ServerContext } from './server.ts'
export type { Service } from './service.ts'
export type { Stats } from './stats.ts'
export { batched } from './stream/batched.ts'
export { type Body, bodies } from './stream/bodies.ts'
export { type Channel, type ChannelOptions, type ChannelPolicy, channel } from './stream/channel.ts'
export { type CollectOptions, collect } from './stream/collect.ts'
export { type DecodeCounters, decodeCounters } from './stream/counted-step.ts'
export { type Decoded, type DecodeOptions, decode } from './stream/decode.ts'
export { drain } from './stream/drain.ts'
export { each } from './stream/each.ts'
export { encode } from './stream/encode.ts'
export { filter } from './stream/filter.ts'
export { flatMap } from './stream/flat-map.ts'
export { forEach } from './stream/for-each.ts'
export { type Hub, hub, type SubscribeOptions, type Subscription } from './stream/hub.ts'
export { type ItemTransform, items } from './stream/items.ts'
export { map } from './stream/map.ts'
export { type MapAsyncContext, type MapAsyncOptions, mapAsync } from './stream/map-async.ts'
export { type PaceOptions, paced } from './stream/paced.ts'
export { type PipeHead, type PipePart, type PipeTail, pipe } from './stream/pipe.ts'
export { stage } from './stream/stage.ts'
export { take } from './stream/take.ts'
export { tap } from './stream/tap.ts'
export { DONE, DRIVE } from './symbols.ts'
export type { KeyPair, Pem, TlsConnectOptions, TlsListenOptions } from './tls-options.ts'
export type { Traffic } from './traffic.ts'
export { type AskDatagramOptions, askDatagram, type QuestionWithId } from './transport/ask-datagram.ts'
export { type ConnectOptions, connect } from './transport/connect.ts'
export {
  type Dialog,
  type DialogNextOptions,
  type DialogOptions,
  type DialogReadOptions,
  dialog
} from './transport/dialog.ts'
export { type Endpoint, endpointForms, formatEndpoint, isEndpoint, parseEndpoint } from './transport/endpoint.ts'
export { type Listener, type ListenOptions, listen } from './transport/listen.ts'
export { type MemoryOptions, memoryPair } from './transport/memory.ts'
export type { ProxyProtocolOptions } from './transport/proxy-protocol/entrance.ts'
export type { ProxyHeaderFields } from './transport/proxy-protocol/header.ts'
export { formatProxyHeader, parseProxyHeader } from './transport/proxy-protocol/proxy-header.ts'
export { stdio } from './transport/stdio.ts'
export { type DatagramConnection, type DatagramGate, type DatagramOptions, openDatagrams } from './transport/udp.ts'
export type * from './types.ts'
export type { Unread } from './unread.ts'
