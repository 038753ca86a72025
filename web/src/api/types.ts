/** The API's words, by the names the pages use. The one file that knows how the generated schema calls them. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Login = Schemas['LoginOut']
/** The password held, and a code is needed too. */
export type LoginTicket = Schemas['LoginTicketOut']
export type LoginWays = Schemas['LoginWaysOut']
export type TwoStep = Schemas['TwoStepOut']
export type TwoStepSecret = Schemas['TwoStepSecretOut']
export type OwnLogin = Schemas['OwnLoginOut']
export type IdNames = Schemas['IdNames']
export type Room = Schemas['RoomView']
export type RoomSettings = Schemas['ChangeRoomRequest']
export type Entry = Schemas['Entry']
export type LiveSession = Schemas['LiveSessionView']
export type LiveSessions = Schemas['LiveSessionsReply']

export type Survey = Schemas['SurveyView']
export type SurveyDraft = Schemas['CreateSurveyRequest']
export type QuestionDraft = Schemas['QuestionRequest']
export type Submission = Schemas['SubmissionView']
export type Submissions = Schemas['SubmissionsReply']
export type MarkGiven = Schemas['MarkView']
export type Picture = Schemas['PictureView']

export type CheckIn = Schemas['CheckInView']
export type CheckInDraft = Schemas['CreateCheckInRequest']
export type CheckInEdit = Omit<CheckInDraft, 'draft'>
export type CheckInPerson = Schemas['CheckInPersonView']
export type CheckInPeople = Schemas['CheckInPeopleReply']
export type ExpectedPerson = Schemas['ExpectedPersonRequest']

export type Draw = Schemas['DrawView']
export type DrawDraft = Schemas['CreateDrawRequest']
export type DrawEdit = Omit<DrawDraft, 'open'>
export type PrizeDraft = Schemas['PrizeRequest']
export type EntrantDraft = Schemas['EntrantRequest']
export type EntrantsAdded = Schemas['EntrantsAddedReply']
export type Entrants = Schemas['DrawEntrantsReply']
export type Winner = Schemas['DrawWinnerView']
export type Winners = Schemas['DrawWinnersReply']

export type Template = Schemas['TemplateView']
export type TemplateDraft = Schemas['TemplateRequest']
export type TemplateHead = Schemas['TemplateHeadView']
export type Templates = Schemas['TemplatesReply']
export type ImportReply = Schemas['ImportReply']
export type ImportFault = Schemas['ImportFault']

export type Viewer = Schemas['PresenceView']
export type Viewers = Schemas['ViewersReply']
export type Block = Schemas['BlockView']
export type Blocks = Schemas['BlocksReply']
export type EntryKey = Schemas['EntryKeyOut']
export type NewEntryKey = Schemas['NewEntryKeyOut']

export type Endpoint = Schemas['EndpointView']
/** With the secret the server has made for it, this one time. */
export type NewEndpoint = Schemas['NewEndpointView']
export type EndpointDraft = Schemas['CreateEndpointRequest']
export type EndpointChange = Schemas['ChangeEndpointRequest']
export type Ordering = Schemas['Ordering']
export type EndpointHours = Schemas['EndpointHoursReply']
export type Hour = Schemas['EndpointHourView']
export type Tested = Schemas['TestedView']
export type Delivery = Schemas['DeliveryView']
export type Deliveries = Schemas['DeliveriesReply']
export type DeliveryDetail = Schemas['DeliveryInspection']
export type DeliveryCounts = Schemas['DeliveryCountsView']
export type Attempt = Schemas['AttemptView']
export type Redelivery = Schemas['RedeliveryReply']
export type Notice = Schemas['NoticeView']
