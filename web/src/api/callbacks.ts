/** Calls about callback endpoints, what is delivered to them, and notices about them. */
import { call, create, everyEntry, withQuery } from './call'
import type { Deliveries, DeliveryCounts, DeliveryDetail, Endpoint, EndpointChange, EndpointDraft, EndpointHours, NewEndpoint, Notice, Redelivery, Tested } from './types'

const endpoint = (id: string) => `/callback-endpoints/${encodeURIComponent(id)}`

const PAGE = 200

/** Which deliveries; what is left out does not matter. from, to: RFC 3339. */
export interface DeliveryFilter {
  readonly endpoint?: string | undefined
  readonly room?: string | undefined
  readonly live_session?: string | undefined
  readonly state?: string | undefined
  readonly kind?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface TimeRange {
  readonly from: string
  readonly to: string
}

export const callbacks = {
  endpoints: () => everyEntry<Endpoint>('/callback-endpoints', 'endpoints', PAGE),
  endpoint: (id: string) => call<Endpoint>('GET', endpoint(id)),
  /** Its secret comes with it this one time, when the server has made it. */
  createEndpoint: (draft: EndpointDraft) => create<NewEndpoint>('/callback-endpoints', draft),
  /** Only what is named changes; null takes a setting away. */
  changeEndpoint: (id: string, change: EndpointChange) => call<Endpoint>('PATCH', endpoint(id), change),
  removeEndpoint: (id: string) => call<unknown>('DELETE', endpoint(id)),
  /** The old secret signs beside the new one for overlapS more. */
  rotateSecret: (id: string, overlapS: number, secret: string | null) =>
    call<NewEndpoint>('POST', `${endpoint(id)}/rotate-secret`, { overlap_s: overlapS, ...(secret ? { secret } : {}) }),
  pauseEndpoint: (id: string) => call<Endpoint>('POST', `${endpoint(id)}/pause`),
  /** Also one the server has disabled. */
  resumeEndpoint: (id: string) => call<Endpoint>('POST', `${endpoint(id)}/resume`),
  /** Says which event the test call will tell; its delivery follows. */
  testEndpoint: (id: string) => call<Tested>('POST', `${endpoint(id)}/test`),
  endpointHealth: (id: string, days: number) => call<EndpointHours>('GET', withQuery(`${endpoint(id)}/health`, { days })),

  deliveries: (filter: DeliveryFilter, after: string | null, limit: number) => call<Deliveries>('GET', withQuery('/callbacks/deliveries', { ...filter, after, limit })),
  deliveryCounts: (id: string) => call<DeliveryCounts>('GET', `${endpoint(id)}/deliveries/counts`),
  delivery: (id: string) => call<DeliveryDetail>('GET', `/deliveries/${encodeURIComponent(id)}`),
  redeliver: (id: string) => call<unknown>('POST', `/deliveries/${encodeURIComponent(id)}/redeliver`),
  redeliverFailed: (id: string, range: TimeRange) => call<Redelivery>('POST', `${endpoint(id)}/redeliver`, { ...range, states: ['failed'] }),
  /** What the endpoint should have had and was never sent. */
  redeliverMissing: (id: string, range: TimeRange) => call<Redelivery>('POST', `${endpoint(id)}/redeliver-missing`, range),

  notices: () => everyEntry<Notice>('/notices', 'notices', PAGE),
  dismissNotice: (id: string) => call<unknown>('POST', `/notices/${encodeURIComponent(id)}/dismiss`),
}
