/** Which kinds of survey and types of question there are, and what goes with what. The server decides; this keeps forms from asking for what it refuses. Pure. */
import type { QuestionType, SurveyKind } from '@/live/protocol'

export type { QuestionType, SurveyKind } from '@/live/protocol'

export const KINDS: readonly SurveyKind[] = ['answer_card', 'vote', 'questionnaire', 'exam']

/** The usual ones first. */
export const QUESTION_TYPES: readonly QuestionType[] = ['choice', 'true_false', 'picture_choice', 'rating', 'fill_in', 'free_form', 'combined', 'name', 'mobile', 'mail']

const TYPES: Record<SurveyKind, readonly QuestionType[]> = {
  answer_card: ['choice', 'true_false', 'picture_choice'],
  vote: ['choice', 'picture_choice', 'rating'],
  questionnaire: QUESTION_TYPES,
  exam: QUESTION_TYPES,
}

/** Most questions of a survey. */
export const MOST_QUESTIONS: Record<SurveyKind, number> = { answer_card: 1, vote: 20, questionnaire: 50, exam: 50 }

/** What a question of such a survey may ask for; the usual ones first. */
export const typesOf = (kind: SurveyKind): readonly QuestionType[] => TYPES[kind]

export const hasOptions = (type: QuestionType): boolean => type === 'choice' || type === 'true_false' || type === 'picture_choice' || type === 'combined'

/** Whether a host may choose between one answer and several. */
export const mayBeMultiple = (type: QuestionType): boolean => hasOptions(type) && type !== 'true_false'

/** Whether what viewers write can be listed. */
export const hasText = (type: QuestionType): boolean => !hasOptions(type) ? type !== 'rating' : type === 'combined'

/** Name, mobile number and mail address: what the server can check the look of. */
export const isVerifiable = (type: QuestionType): boolean => type === 'name' || type === 'mobile' || type === 'mail'

/** Answers are right or wrong and give points. */
export const isJudging = (kind: SurveyKind): boolean => kind === 'answer_card' || kind === 'exam'

export const mayHaveRightOptions = (kind: SurveyKind, type: QuestionType): boolean => isJudging(kind) && hasOptions(type)

export const mayHaveAccepted = (kind: SurveyKind, type: QuestionType): boolean => isJudging(kind) && type === 'fill_in'

/** Whether points can be given for an answer at all. */
export const mayScore = (kind: SurveyKind, type: QuestionType): boolean => isJudging(kind) && (hasOptions(type) || type === 'fill_in' || type === 'free_form')

export const mayBeAnonymous = (kind: SurveyKind): boolean => kind !== 'exam'
