import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";

const TABLE = "ChatMessages";
const KEPT = 1000; // messages of a room in memory

/** `memory`, or the URL of a DynamoDB. */
export function openHistory(url) {
  return url === "memory" ? new MemoryHistory() : new DynamoHistory(url);
}

/** The last messages of each room; gone when the process ends. */
class MemoryHistory {
  #rooms = new Map();

  append(message) {
    const room = this.#rooms.get(message.room) ?? [];
    this.#rooms.set(message.room, room);
    room.push(message);
    if (room.length >= 2 * KEPT) room.splice(0, KEPT);
  }

  newest(room, limit) {
    const all = this.#rooms.get(room) ?? [];
    return { messages: all.slice(-limit), more: all.length > limit };
  }

  before(room, id, limit) {
    const older = (this.#rooms.get(room) ?? []).filter((message) => message.id < id);
    return { messages: older.slice(-limit), more: older.length > limit };
  }
}

/** One PutItem for each message, as in the replaced Node chat; the SDK keeps connections alive. */
class DynamoHistory {
  #client;

  constructor(endpoint) {
    this.#client = new DynamoDBClient({ endpoint, region: "us-east-1" });
  }

  append({ id, room, user, text, client_id }) {
    const item = {
      RoomID: { S: room },
      Timestamp: { S: id },
      ClientID: { S: client_id },
      UserID: { S: user.id },
      UserName: { S: user.name },
      Text: { S: text },
    };
    return this.#client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
  }

  newest(room, limit) {
    return this.before(room, "~", limit); // sorts after every id
  }

  async before(room, id, limit) {
    const { Items } = await this.#client.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: "RoomID = :room AND #id < :id",
        ExpressionAttributeNames: { "#id": "Timestamp" },
        ExpressionAttributeValues: { ":room": { S: room }, ":id": { S: id } },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit + 1,
      }),
    );
    const messages = Items.slice(0, limit).reverse().map(toMessage);
    return { messages, more: Items.length > limit };
  }
}

function toMessage(item) {
  return {
    id: item.Timestamp.S,
    room: item.RoomID.S,
    user: { id: item.UserID.S, name: item.UserName.S },
    text: item.Text.S,
    sent_at: item.Timestamp.S.slice(0, 27),
    client_id: item.ClientID.S,
  };
}
