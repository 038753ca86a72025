/** Made from docs/asyncapi.json by socket_types.js (npm run types). */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * EnterMessage
         * @description A viewer enters a room. room: its join code. Who enters: pass_, the customer's signed word; else token, from an earlier entry; else name, with an id nobody can guess. passcode: where the room asks for one. extra: the parameter of this name of the link it came by; its first 1,024 characters are kept. epoch, position: how far the client has followed the live session already, when it comes back.
         */
        readonly EnterMessage: {
            /** @enum {unknown} */
            readonly op: "enter";
            readonly id: string;
            readonly room: string;
            /** @default null */
            readonly name?: string | null;
            /** @default null */
            readonly token?: string | null;
            /** @default null */
            readonly passcode?: string | null;
            /** @default null */
            readonly pass?: string | null;
            /** @default null */
            readonly extra?: string | null;
            /** @default null */
            readonly epoch?: string | null;
            /** @default null */
            readonly position?: number | null;
        };
        /**
         * AnswerMessage
         * @description All that a viewer answers to a survey, given at once.
         */
        readonly AnswerMessage: {
            /** @enum {unknown} */
            readonly op: "answer";
            readonly id: string;
            readonly survey: string;
            readonly answers: readonly components["schemas"]["AnswerMember"][];
        };
        /**
         * AnswerMember
         * @description An answer to one question as a viewer sends it. choices: option numbers from 0.
         */
        readonly AnswerMember: {
            readonly question: string;
            /** @default null */
            readonly choices?: readonly number[] | null;
            /** @default null */
            readonly text?: string | null;
            /** @default null */
            readonly rating?: number | null;
        };
        /**
         * SaveDraftMessage
         * @description What a viewer has filled in so far; it replaces what was saved before.
         */
        readonly SaveDraftMessage: {
            /** @enum {unknown} */
            readonly op: "save_draft";
            readonly id: string;
            readonly survey: string;
            readonly answers: readonly components["schemas"]["AnswerMember"][];
        };
        /**
         * CheckInMessage
         * @description A viewer confirms a check-in.
         */
        readonly CheckInMessage: {
            /** @enum {unknown} */
            readonly op: "check_in";
            readonly id: string;
            readonly checkin: string;
        };
        /**
         * EnterDrawMessage
         * @description A viewer takes part in a draw. word: where it asks for one. salt: random hex digits of the viewer's own, which go into the list and, offline, into the outcome.
         */
        readonly EnterDrawMessage: {
            /** @enum {unknown} */
            readonly op: "enter_draw";
            readonly id: string;
            readonly draw: string;
            /** @default  */
            readonly word?: string;
            /** @default  */
            readonly salt?: string;
        };
        /**
         * FillFormMessage
         * @description A winner gives what a prize, pz_…, asks for; a second time replaces the first.
         */
        readonly FillFormMessage: {
            /** @enum {unknown} */
            readonly op: "fill_form";
            readonly id: string;
            readonly draw: string;
            readonly prize: string;
            /** @default  */
            readonly name?: string;
            /** @default  */
            readonly phone?: string;
            /** @default  */
            readonly address?: string;
        };
        /**
         * ReadOwn
         * @description A viewer asks what the server holds of its own answers, confirmations and draws.
         */
        readonly ReadOwn: {
            /** @enum {unknown} */
            readonly op: "read_own";
            readonly id: string;
        };
        /**
         * WatchMessage
         * @description A host follows a live session of the account; the login's cookie came with the upgrade request. epoch, position: how far the page has followed it already.
         */
        readonly WatchMessage: {
            /** @enum {unknown} */
            readonly op: "watch";
            readonly id: string;
            readonly live_session: string;
            /** @default null */
            readonly epoch?: string | null;
            /** @default null */
            readonly position?: number | null;
        };
        /**
         * WatchScreenMessage
         * @description A room's big screen shows what viewers see. room: rm_…. key: of the room's screen link; without it the host's login counts whose cookie came with the upgrade request. epoch, position: how far the page has followed the live session already.
         */
        readonly WatchScreenMessage: {
            /** @enum {unknown} */
            readonly op: "watch_screen";
            readonly id: string;
            readonly room: string;
            /** @default null */
            readonly key?: string | null;
            /** @default null */
            readonly epoch?: string | null;
            /** @default null */
            readonly position?: number | null;
        };
        /**
         * ReadNamesMessage
         * @description A big screen reads names of a draw of its live session, in pages. of: who takes part, once entries have ended, or who won. after: `next` of the page before.
         */
        readonly ReadNamesMessage: {
            /** @enum {unknown} */
            readonly op: "read_names";
            readonly id: string;
            readonly draw: string;
            /** @enum {unknown} */
            readonly of: "entrants" | "winners";
            /** @default null */
            readonly after?: number | null;
        };
        /**
         * ReadConfirmedMessage
         * @description A big screen reads who has checked in last, where the host shows the counts.
         */
        readonly ReadConfirmedMessage: {
            /** @enum {unknown} */
            readonly op: "read_confirmed";
            readonly id: string;
            readonly checkin: string;
        };
        /**
         * Ping
         * @description The client asks whether the server is there, and what time it is.
         */
        readonly Ping: {
            /** @enum {unknown} */
            readonly op: "ping";
            readonly id: string;
        };
        /**
         * EnteredMessage
         * @description The seat is taken. token: keeps it across reloads and restarts. now: the server's time. mine: the viewer's own answers. Either snapshot, or resumed, with two lists: the publications the client has missed, in order, and the tallies of what is open.
         */
        readonly EnteredMessage: {
            /** @enum {unknown} */
            readonly op: "entered";
            readonly id: string;
            readonly viewer: components["schemas"]["SeatedViewer"];
            readonly token: string;
            readonly now: string;
            readonly mine: readonly (components["schemas"]["Own"] | components["schemas"]["OwnCheckIn"] | components["schemas"]["OwnDrawView"])[];
            readonly snapshot?: components["schemas"]["SnapshotBody"];
            readonly resumed?: boolean;
            readonly publications?: readonly components["schemas"]["PublicationMessage"][];
            readonly tallies?: readonly (components["schemas"]["TallyMessage"] | components["schemas"]["CheckInTallyMessage"] | components["schemas"]["DrawTallyMessage"])[];
        };
        /**
         * SeatedViewer
         * @description The viewer who has entered.
         */
        readonly SeatedViewer: {
            readonly id: string;
            readonly name: string;
            readonly role: components["schemas"]["ViewerRole"];
        };
        /**
         * ViewerRole
         * @description What the customer's own system says a viewer is. Who enters by nickname is an attendee.
         * @enum {unknown}
         */
        readonly ViewerRole: "assistant" | "attendee" | "guest" | "host";
        /**
         * WaitingMessage
         * @description The room has no running live session. The connection stays; `started` comes when there is one, and then one enters again. next: what is planned. For screens: viewer_url, as in watching, theme, and last, the live session that ended last.
         */
        readonly WaitingMessage: {
            /** @enum {unknown} */
            readonly op: "waiting";
            readonly id: string;
            readonly room: components["schemas"]["PublicRoom"];
            readonly now: string;
            readonly next: components["schemas"]["PublicNext"] | null;
            readonly viewer_url?: string;
            readonly theme?: components["schemas"]["ThemeView"];
            readonly last?: components["schemas"]["LastSession"];
        };
        /**
         * PublicRoom
         * @description A room as its viewers see it.
         */
        readonly PublicRoom: {
            readonly code: string;
            readonly title: string;
        };
        /**
         * PublicNext
         * @description What is planned for a room's next live session. title: "" where it has none yet.
         */
        readonly PublicNext: {
            readonly title: string;
            readonly starts_at: string;
        };
        /**
         * ThemeView
         * @description How an account looks to its viewers. accent: #rrggbb, null for the product's own; pages make of it what can be read on light and on dark.
         */
        readonly ThemeView: {
            readonly name: string;
            readonly accent: string | null;
            readonly logo: components["schemas"]["LogoView"] | null;
        };
        /**
         * LogoView
         * @description A logo. url: its path on this server.
         */
        readonly LogoView: {
            readonly id: string;
            readonly url: string;
        };
        /**
         * LastSession
         * @description A live session that has ended, for the big screen's thanks. viewers: different people. answers: submissions to its surveys.
         */
        readonly LastSession: {
            readonly title: string;
            readonly ended_at: string;
            readonly viewers: number;
            readonly answers: number;
        };
        /**
         * AcceptedMessage
         * @description The command's effect is durable.
         */
        readonly AcceptedMessage: {
            /** @enum {unknown} */
            readonly op: "accepted";
            readonly id: string;
        };
        /**
         * OwnMessage
         * @description What the server holds of the viewer's own answers, confirmations and draws: all of it. With an id it is the answer to `read_own`; without one something of it has changed.
         */
        readonly OwnMessage: {
            /** @enum {unknown} */
            readonly op: "own";
            readonly mine: readonly (components["schemas"]["Own"] | components["schemas"]["OwnCheckIn"] | components["schemas"]["OwnDrawView"])[];
            readonly id?: string;
        };
        /**
         * WatchingMessage
         * @description The host, or the big screen, follows the live session. Either snapshot, or resumed with what the page has missed. viewer_url, for screens: where the code to join leads; without a host's name, seen from this server, where base_url is not configured.
         */
        readonly WatchingMessage: {
            /** @enum {unknown} */
            readonly op: "watching";
            readonly id: string;
            readonly now: string;
            readonly viewer_url?: string;
            readonly snapshot?: components["schemas"]["SnapshotBody"];
            readonly resumed?: boolean;
            readonly publications?: readonly components["schemas"]["PublicationMessage"][];
            readonly tallies?: readonly (components["schemas"]["TallyMessage"] | components["schemas"]["CheckInTallyMessage"] | components["schemas"]["DrawTallyMessage"])[];
        };
        /**
         * NamesMessage
         * @description A page of names, winners in the order of drawing. next: what the next page is asked for with, null on the last.
         */
        readonly NamesMessage: {
            /** @enum {unknown} */
            readonly op: "names";
            readonly id: string;
            readonly names: readonly components["schemas"]["NameView"][];
            readonly next: number | null;
        };
        /**
         * NameView
         * @description Somebody in a draw, as the hall reads it. prize: pz_… that was won; null for who takes part. name: "" for who has none.
         */
        readonly NameView: {
            readonly prize: string | null;
            readonly name: string;
        };
        /**
         * ConfirmedMessage
         * @description Names of those who have confirmed a check-in, the latest first; nobody where its counts are not shown.
         */
        readonly ConfirmedMessage: {
            /** @enum {unknown} */
            readonly op: "confirmed";
            readonly id: string;
            readonly names: readonly string[];
        };
        /**
         * PongMessage
         * @description The server is there. now: what time it is there.
         */
        readonly PongMessage: {
            /** @enum {unknown} */
            readonly op: "pong";
            readonly id: string;
            readonly now: string;
        };
        /**
         * RefusedMessage
         * @description The command changed nothing. id: null when the message was too broken to have one.
         */
        readonly RefusedMessage: {
            /** @enum {unknown} */
            readonly op: "refused";
            readonly id: string | null;
            readonly error: components["schemas"]["Reason"];
        };
        /**
         * Reason
         * @description Why a command was refused. code: stable, documented. message: an English sentence. field: path of the offending member. retry_after_s: seconds after which the same command makes sense again.
         */
        readonly Reason: {
            readonly code: string;
            readonly message: string;
            /** @default null */
            readonly field?: string | null;
            /** @default null */
            readonly retry_after_s?: number | null;
        };
        /**
         * PublicationMessage
         * @description An event of the live session. position: its number. previous: the position of the publication before it on the same channel. survey, checkin, draw, announcement, live_session, room with stream, theme: what it is about, by the kind of event.
         */
        readonly PublicationMessage: {
            /** @enum {unknown} */
            readonly op: "publication";
            /** @enum {unknown} */
            readonly channel: "host" | "session";
            readonly position: number;
            readonly previous: number;
            readonly kind: string;
            readonly at: string;
            readonly survey?: components["schemas"]["SurveyView"];
            readonly checkin?: components["schemas"]["CheckInView"];
            readonly draw?: components["schemas"]["DrawView"];
            readonly announcement?: components["schemas"]["AnnouncementView"];
            readonly live_session?: components["schemas"]["PublicLiveSession"];
            readonly room?: components["schemas"]["PublicRoom"];
            readonly stream?: components["schemas"]["PublicStream"];
            readonly theme?: components["schemas"]["ThemeView"];
        };
        /**
         * TallyMessage
         * @description Absolute counts; a higher version replaces a lower one. What follows `answered` is only for hosts.
         */
        readonly TallyMessage: {
            /** @enum {unknown} */
            readonly op: "tally";
            readonly survey: string;
            readonly version: number;
            readonly answered: number;
            readonly right?: number;
            readonly points?: number;
            readonly to_mark?: number;
            readonly right_numbers?: readonly components["schemas"]["RightNumber"][];
            readonly questions?: readonly components["schemas"]["QuestionTally"][];
        };
        /**
         * RightNumber
         * @description How many people answered exactly so many questions right.
         */
        readonly RightNumber: {
            readonly number: number;
            readonly count: number;
        };
        /**
         * QuestionTally
         * @description Counts of one question; counts: people per option, or per rating from 1.
         */
        readonly QuestionTally: {
            readonly id: string;
            readonly answered: number;
            readonly right: number;
            readonly to_mark: number;
            readonly counts: readonly number[];
        };
        /**
         * CheckInTallyMessage
         * @description Absolute counts of a check-in; a higher version replaces a lower one. To viewers only where the host shows them.
         */
        readonly CheckInTallyMessage: {
            /** @enum {unknown} */
            readonly op: "checkin_tally";
            readonly checkin: string;
            readonly version: number;
            readonly expected: number;
            readonly confirmed: number;
            readonly rate: number;
            readonly unexpected: number;
        };
        /**
         * DrawTallyMessage
         * @description How many have entered a draw; a higher version replaces a lower one.
         */
        readonly DrawTallyMessage: {
            /** @enum {unknown} */
            readonly op: "draw_tally";
            readonly draw: string;
            readonly version: number;
            readonly entered: number;
        };
        /**
         * OnlineMessage
         * @description How many different viewers are there now: a signal, told at most once a second.
         */
        readonly OnlineMessage: {
            /** @enum {unknown} */
            readonly op: "online";
            readonly viewers: number;
        };
        /**
         * StartedMessage
         * @description The live session a connection waited for has begun.
         */
        readonly StartedMessage: {
            /** @enum {unknown} */
            readonly op: "started";
        };
        /**
         * ThemeMessage
         * @description How the room looks and what is planned, for viewers who are not inside yet and for screens of a room where nothing runs: after each `waiting` and each `enter` that was refused for want of a name or a passcode, and again when it changes.
         */
        readonly ThemeMessage: {
            /** @enum {unknown} */
            readonly op: "theme";
            readonly theme: components["schemas"]["ThemeView"];
            readonly next: components["schemas"]["PublicNext"] | null;
        };
        /**
         * End
         * @description The data of the event `end`, the last one of a stream: what a close frame says on a socket.
         */
        readonly End: {
            readonly code: number;
            readonly reason: string;
            readonly may_return: boolean;
        };
        /**
         * Own
         * @description What the server holds of a viewer's answers to one survey: what was submitted, or what was saved. answers: none for an anonymous survey. result: once it is published, where anything can be right.
         */
        readonly Own: {
            readonly survey: string;
            readonly submitted: boolean;
            readonly answers: readonly components["schemas"]["AnswerView"][];
            readonly answered_at: string | null;
            readonly result?: components["schemas"]["OwnResultView"];
        };
        /**
         * AnswerView
         * @description An answer to one question, with what the question asks for.
         */
        readonly AnswerView: {
            readonly question: string;
            readonly choices?: readonly number[];
            readonly text?: string;
            readonly rating?: number;
        };
        /**
         * OwnResultView
         * @description How a viewer did. right: right answers. to_mark: answers nobody has marked yet.
         */
        readonly OwnResultView: {
            readonly right: number;
            readonly points: number;
            readonly to_mark: number;
            readonly marks: readonly components["schemas"]["MarkView"][];
        };
        /**
         * MarkView
         * @description Points that a host gave by hand.
         */
        readonly MarkView: {
            readonly question: string;
            readonly points: number;
        };
        /**
         * OwnCheckIn
         * @description That the viewer has confirmed a check-in, and when.
         */
        readonly OwnCheckIn: {
            readonly checkin: string;
            readonly confirmed_at: string;
        };
        /**
         * OwnDrawView
         * @description What is held of the viewer in a draw. entered: by himself. code: the viewer's in the list and the proof.
         */
        readonly OwnDrawView: {
            readonly draw: string;
            readonly entered: boolean;
            readonly code: string;
            readonly prizes: readonly components["schemas"]["OwnPrizeView"][];
        };
        /**
         * OwnPrizeView
         * @description A prize, pz_…, that the viewer has won. filled: what it asks for is given.
         */
        readonly OwnPrizeView: {
            readonly prize: string;
            readonly filled: boolean;
        };
        /**
         * SnapshotBody
         * @description All a listener needs to begin. position: the number of the last event in it.
         */
        readonly SnapshotBody: {
            readonly epoch: string;
            readonly position: number;
            readonly room: components["schemas"]["PublicRoom"];
            readonly stream: components["schemas"]["PublicStream"] | null;
            readonly theme: components["schemas"]["ThemeView"];
            readonly live_session: components["schemas"]["PublicLiveSession"];
            readonly surveys: readonly components["schemas"]["SurveyView"][];
            readonly checkins: readonly components["schemas"]["CheckInView"][];
            readonly draws: readonly components["schemas"]["DrawView"][];
            readonly announcements: readonly components["schemas"]["AnnouncementView"][];
        };
        /**
         * PublicStream
         * @description The stream viewers watch. url: of its HLS playlist, https or a path of this server.
         */
        readonly PublicStream: {
            readonly url: string;
        };
        /**
         * PublicLiveSession
         * @description A live session as its viewers see it.
         */
        readonly PublicLiveSession: {
            readonly id: string;
            readonly title: string;
            readonly state: components["schemas"]["LiveSessionState"];
            readonly started_at: string;
            readonly ended_at: string | null;
        };
        /**
         * LiveSessionState
         * @description A live session runs from its start to its end.
         * @enum {unknown}
         */
        readonly LiveSessionState: "ended" | "running";
        /**
         * SurveyView
         * @description A survey. answered: people who submitted. right: people who answered everything right; right_numbers: people by how many of their answers are right; both absent from the public view until published. What follows them is only in the host's view: expected: people who can answer; points: the sum over all; to_mark: answers not marked yet; template: where it was made from; revision: of the draft.
         */
        readonly SurveyView: {
            readonly id: string;
            readonly kind: components["schemas"]["SurveyKind"];
            readonly title: string;
            readonly cover: string | null;
            readonly state: components["schemas"]["State"];
            readonly published: boolean;
            readonly anonymous: boolean;
            readonly changeable: boolean;
            readonly shuffle_questions: boolean;
            readonly shuffle_options: boolean;
            readonly opened_at: string | null;
            readonly closes_at: string | null;
            readonly closed_at: string | null;
            readonly closed_by: components["schemas"]["ClosedBy"] | null;
            readonly answered: number;
            readonly version: number;
            readonly questions: readonly components["schemas"]["QuestionView"][];
            readonly right?: number;
            readonly right_numbers?: readonly components["schemas"]["RightNumber"][];
            readonly expected?: number;
            readonly points?: number;
            readonly to_mark?: number;
            readonly settled_by?: components["schemas"]["SettledBy"] | null;
            readonly template?: string | null;
            readonly revision?: number;
            readonly created_at?: string;
            readonly time_limit_s?: number | null;
            readonly publish_on_close?: boolean;
        };
        /**
         * SurveyKind
         * @description The form of a survey.
         * @enum {unknown}
         */
        readonly SurveyKind: "answer_card" | "exam" | "questionnaire" | "vote";
        /**
         * State
         * @description Where an interaction stands.
         * @enum {unknown}
         */
        readonly State: "closed" | "draft" | "open" | "settled" | "withdrawn";
        /**
         * ClosedBy
         * @description What closed an interaction.
         * @enum {unknown}
         */
        readonly ClosedBy: "host" | "interrupted" | "live_session_end" | "time_limit";
        /**
         * QuestionView
         * @description A question. pictures: of the options, [] when none has one. counts: people per option, or per rating from 1. right_options, accepted, counts, answered, right: absent from the public view until published. by_hand, to_mark: only in the host's view.
         */
        readonly QuestionView: {
            readonly id: string;
            readonly type: components["schemas"]["QuestionType"];
            readonly title: string;
            readonly picture: string | null;
            readonly required: boolean;
            readonly score: number;
            readonly options: readonly string[];
            readonly pictures: readonly (string | null)[];
            readonly multiple: boolean;
            readonly least: number | null;
            readonly most: number | null;
            readonly scale: number;
            readonly verify: boolean;
            readonly right_options?: readonly number[];
            readonly accepted?: readonly string[];
            readonly counts?: readonly number[];
            readonly answered?: number;
            readonly right?: number;
            readonly by_hand?: boolean;
            readonly to_mark?: number;
        };
        /**
         * QuestionType
         * @description What a question asks for.
         * @enum {unknown}
         */
        readonly QuestionType: "choice" | "combined" | "fill_in" | "free_form" | "mail" | "mobile" | "name" | "picture_choice" | "rating" | "true_false";
        /**
         * SettledBy
         * @description What settled a survey: its close, when nothing was to mark; the last mark; or the host, who left the rest at no points.
         * @enum {unknown}
         */
        readonly SettledBy: "close" | "host" | "marking";
        /**
         * CheckInView
         * @description A check-in. expected: people who are; confirmed: those of them who have; rate: the same in whole percent; unexpected: people who have confirmed and are not expected. version: of the counts; a higher one replaces a lower one. The counts are absent from the public view unless show_counts; expects, late and created_at are only in the host's.
         */
        readonly CheckInView: {
            readonly id: string;
            readonly title: string;
            readonly state: components["schemas"]["State"];
            readonly time_limit_s: number | null;
            readonly show_counts: boolean;
            readonly opened_at: string | null;
            readonly closes_at: string | null;
            readonly closed_at: string | null;
            readonly closed_by: components["schemas"]["CheckInClosedBy"] | null;
            readonly expected?: number;
            readonly confirmed?: number;
            readonly rate?: number;
            readonly unexpected?: number;
            readonly version?: number;
            readonly expects?: components["schemas"]["Expects"];
            readonly late?: components["schemas"]["Late"];
            readonly created_at?: string;
        };
        /**
         * CheckInClosedBy
         * @description What closed a check-in.
         * @enum {unknown}
         */
        readonly CheckInClosedBy: "host" | "live_session_end" | "time_limit";
        /**
         * Expects
         * @description Who is expected to confirm: the viewers who are present when it opens, or those on a list.
         * @enum {unknown}
         */
        readonly Expects: "list" | "present";
        /**
         * Late
         * @description What becomes of viewers who enter while a check-in of those present is open: they are expected too, or they may confirm and count apart.
         * @enum {unknown}
         */
        readonly Late: "counted" | "not_expected";
        /**
         * DrawView
         * @description A draw. preferred: how many winners were declared beforehand. closes_at: of a countdown that runs. entered: people who take part, while entries are taken those who have entered so far; version: of this count, a higher one replaces a lower one. commitment: the text that was hashed, "" in a draft. root, fingerprint: "" before the list is closed. published_at: when the root became public. round, decided_at: the drand round that decides, and when it is out; null offline. because: why it was cancelled or timed out. winners: the first of each prize, in the order of drawing; empty before. proof: the page of the proof, null until the list is closed. survey, checkin, countdown_s, with_list, created_at, preferred_winners, entropy_waiting and batch of prizes are only in the host's view; entropy_waiting: null unless no relay of drand has the round that is out.
         */
        readonly DrawView: {
            readonly id: string;
            readonly title: string;
            readonly state: components["schemas"]["DrawState"];
            readonly who: components["schemas"]["Who"];
            readonly word: string;
            readonly weighted: boolean;
            readonly repeat_winners: boolean;
            readonly earlier_winners: boolean;
            readonly entropy: components["schemas"]["EntropyKind"];
            readonly prizes: readonly components["schemas"]["PrizeView"][];
            readonly preferred: number;
            readonly committed_at: string | null;
            readonly opened_at: string | null;
            readonly closes_at: string | null;
            readonly closed_at: string | null;
            readonly finished_at: string | null;
            readonly because: string;
            readonly entered: number;
            readonly version: number;
            readonly commitment: string;
            readonly commitment_sha256: string;
            readonly root: string;
            readonly fingerprint: string;
            readonly published_at: string | null;
            readonly round: number | null;
            readonly decided_at: string | null;
            readonly winners: readonly components["schemas"]["PublicWinnerView"][];
            readonly proof: string | null;
            readonly survey?: string | null;
            readonly checkin?: string | null;
            readonly countdown_s?: number | null;
            readonly with_list?: boolean;
            readonly created_at?: string;
            readonly preferred_winners?: readonly components["schemas"]["PreferredView"][];
            readonly entropy_waiting?: components["schemas"]["EntropyWaitingView"] | null;
        };
        /**
         * DrawState
         * @description Committed: its rules are public, and nobody can enter yet. closing: entries have ended and their root is being made. closed: the root is public and the entropy does not exist yet. timed_out: it came to no winners, since its live session ended or its entropy never came.
         * @enum {unknown}
         */
        readonly DrawState: "cancelled" | "closed" | "closing" | "committed" | "draft" | "drawn" | "open" | "timed_out";
        /**
         * Who
         * @description Who may win: viewers who are present when entries close, who tapped, who said a word, who answered a survey, who answered all of it right, who checked in, or those on a list.
         * @enum {unknown}
         */
        readonly Who: "answered" | "answered_right" | "checked_in" | "list" | "present" | "tap" | "word";
        /**
         * EntropyKind
         * @description Where the randomness comes from: a future drand round, or a seed of the server's together with the entrants' salts, which is weaker.
         * @enum {unknown}
         */
        readonly EntropyKind: "drand" | "offline";
        /**
         * PrizeView
         * @description A prize. won: how many were drawn, 0 before. batch: only in the host's view.
         */
        readonly PrizeView: {
            readonly id: string;
            readonly name: string;
            readonly count: number;
            readonly type: components["schemas"]["PrizeType"];
            readonly custom: components["schemas"]["CustomKind"] | null;
            readonly points: number | null;
            readonly asks: readonly components["schemas"]["FormField"][];
            readonly won: number;
            readonly batch?: string;
        };
        /**
         * PrizeType
         * @description What is won: something to be sent, something that is not, something of the customer's own kind, a voucher.
         * @enum {unknown}
         */
        readonly PrizeType: "custom" | "physical" | "virtual" | "voucher";
        /**
         * CustomKind
         * @description What a custom prize is.
         * @enum {unknown}
         */
        readonly CustomKind: "coupon" | "points";
        /**
         * FormField
         * @description What a winner is asked for.
         * @enum {unknown}
         */
        readonly FormField: "address" | "name" | "phone";
        /**
         * PublicWinnerView
         * @description A winner as everybody sees one. prize: pz_…
         */
        readonly PublicWinnerView: {
            readonly prize: string;
            readonly name: string;
        };
        /**
         * PreferredView
         * @description A winner declared beforehand. prize: its place in prizes, from 0. viewer: vw_…, or external_id: from the customer's own login.
         */
        readonly PreferredView: {
            readonly prize: number;
            readonly viewer: string | null;
            readonly external_id: string | null;
        };
        /**
         * EntropyWaitingView
         * @description The randomness that decides a draw should be there and is not. since: when that was first noticed. until: so long the relays are asked; then the draw has timed out. problem: what each relay answered last.
         */
        readonly EntropyWaitingView: {
            readonly since: string;
            readonly until: string;
            readonly problem: string;
        };
        /**
         * AnnouncementView
         * @description An announcement. text: "" to viewers once it is withdrawn. withdrawn_at: null while viewers see it. host: who made it; to hosts only.
         */
        readonly AnnouncementView: {
            readonly id: string;
            readonly text: string;
            readonly made_at: string;
            readonly withdrawn_at: string | null;
            readonly host?: components["schemas"]["HostView"];
        };
        /**
         * HostView
         * @description A host, by name.
         */
        readonly HostView: {
            readonly id: string;
            readonly name: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
