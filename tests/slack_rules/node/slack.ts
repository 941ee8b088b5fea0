// What is sent to Slack and what Slack sends, as one type each, of which JSON Schemas are made for the tests.
//
// The types are Slack's own. Only what those leave open on purpose is closed here: views take known blocks, and a
// plan's tasks are task cards. The chart is what docs.slack.dev/reference/block-kit/blocks/data-visualization-block
// says: @slack/types 3.2.0 does not have that block yet, so it is checked by slackblocks as well.
import type {
  BlockAction,
  BlockElementAction,
  ButtonAction,
  EnvelopedEvent,
  SlashCommand,
  ViewClosedAction,
  ViewOutput,
  ViewSubmitAction,
} from "@slack/bolt";
import type {
  AppHomeOpenedEvent,
  ConfirmationDialog,
  HomeView as OpenHomeView,
  KnownBlock,
  MessageAttachment as OpenAttachment,
  MessageMetadata,
  ModalView as OpenModalView,
  PlanBlock,
  TaskCardBlock,
} from "@slack/types";
import type { AppsManifestValidateArguments } from "@slack/web-api";

type Of<Type> = { [Key in keyof Type as string extends Key ? never : Key]: Type[Key] };
type Point = { label: string; value: number };
type Series = { name: string; data: Point[] };
type Axis = { categories: string[]; x_label?: string; y_label?: string };
type AxisChart = { type: "bar" | "area" | "line"; series: Series[]; axis_config: Axis };
type Chart = AxisChart | { type: "pie"; segments: Point[] };
interface ChartBlock {
  type: "data_visualization";
  block_id?: string;
  title: string;
  chart: Chart;
}
// Slack's own example has tasks without a type, its SDKs send them with it.
type Task = Omit<TaskCardBlock, "type"> & { type?: "task_card" };
interface ClosedPlanBlock {
  type: "plan";
  block_id?: string;
  title: PlanBlock["title"];
  tasks?: Task[];
}

export type AnyBlock = Exclude<KnownBlock, PlanBlock> | ChartBlock | ClosedPlanBlock;
export type Attachment = Omit<OpenAttachment, "blocks"> & { blocks?: AnyBlock[] };
export type ModalView = Omit<OpenModalView, "blocks"> & { blocks: AnyBlock[] };
export type HomeView = Omit<OpenHomeView, "blocks"> & { blocks: AnyBlock[] };

// A message as an answer gives it or as a method takes it, without what says where it goes.
export interface Message {
  text?: string;
  blocks?: AnyBlock[];
  attachments?: Attachment[];
  metadata?: MessageMetadata;
}
export interface ResponseUrlMessage extends Message {
  response_type?: "in_channel" | "ephemeral";
  replace_original?: boolean;
  delete_original?: boolean;
  thread_ts?: string;
}
export type SubmissionAnswer =
  | { response_action: "update" | "push"; view: ModalView }
  | { response_action: "errors"; errors: { [blockId: string]: string } }
  | { response_action: "clear" };

// The payloads, where Slack's reference of them says more than Bolt's types: a user has a username, an enterprise may
// be null, what is no message's has no response_url, a pressed button comes with its style and its question, and an
// authorization of a workspace has no enterprise.
type Sent<Type> = Omit<Type, "user" | "enterprise" | "view"> & {
  user: { id: string; username: string; name: string; team_id: string };
  enterprise?: { id: string; name: string } | null;
};
type Pressed = Omit<ButtonAction, "confirm"> & { confirm?: ConfirmationDialog; style?: "primary" | "danger" };
type Shown = Omit<ViewOutput, "blocks" | "title"> & { blocks: AnyBlock[]; title?: ViewOutput["title"] };

export type Command = Of<SlashCommand>;
export type Click = Sent<Omit<BlockAction, "response_url" | "actions">> & {
  response_url?: string;
  view?: Shown;
  actions: (Pressed | Exclude<BlockElementAction, ButtonAction>)[];
};
export type Submission = Sent<ViewSubmitAction> & { view: Shown };
export type Closing = Sent<ViewClosedAction> & { view: Shown };
type Authorization = {
  enterprise_id?: string | null;
  team_id: string;
  user_id: string;
  is_bot: boolean;
  is_enterprise_install: boolean;
};
export type HomeOpened = Of<Omit<EnvelopedEvent, "event" | "authorizations">> & {
  event: Omit<AppHomeOpenedEvent, "view"> & { view?: Shown };
  event_context?: string;
  authorizations: Authorization[];
};
export type Manifest = Of<Exclude<AppsManifestValidateArguments["manifest"], string>>;
