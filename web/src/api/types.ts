/** The API's words, by the names the pages use. The one file that knows how the generated schema calls them. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Login = Schemas['LoginOut']
export type IdNames = Schemas['IdNames']
export type Room = Schemas['RoomView']
export type LiveSession = Schemas['LiveSessionView']
export type SurveyDraft = Schemas['CreateSurveyRequest']
export type Survey = Schemas['SurveyView']
export type Viewer = Schemas['PresenceView']
export type ViewerList = Schemas['ViewersReply']
export type Endpoint = Schemas['EndpointView']
export type EndpointDraft = Schemas['CreateEndpointRequest']
export type Delivery = Schemas['DeliveryView']
export type DeliveryDetail = Schemas['DeliveryInspection']
export type Attempt = Schemas['AttemptView']
