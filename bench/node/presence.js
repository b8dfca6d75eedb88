const LISTED = 200;

/** The people in each room; a person counts once for all tabs. */
export class Presence {
  #rooms = new Map();

  /** Adds a connection of a person. @returns whether the person is new in the room */
  enter(roomId, person) {
    const room = this.#room(roomId);
    const tabs = room.tabs.get(person.id) ?? 0;
    room.tabs.set(person.id, tabs + 1);
    if (tabs) return false;
    room.people.set(person.id, person);
    if (!room.left.delete(person.id)) room.joined.set(person.id, person);
    return true;
  }

  /** Removes a connection of a person. @returns whether it was the person's last in the room */
  leave(roomId, person) {
    const room = this.#room(roomId);
    const tabs = room.tabs.get(person.id) - 1;
    if (tabs) {
      room.tabs.set(person.id, tabs);
      return false;
    }
    room.tabs.delete(person.id);
    room.people.delete(person.id);
    if (!room.joined.delete(person.id)) room.left.add(person.id);
    return true;
  }

  people(roomId) {
    const people = [];
    for (const person of this.#room(roomId).people.values()) {
      if (people.push(person) === LISTED) break;
    }
    return people;
  }

  count(roomId) {
    return this.#room(roomId).people.size;
  }

  /** Returns the changes since the last call. */
  takeChanges(roomId) {
    const room = this.#room(roomId);
    const change = { room: roomId, count: room.people.size };
    if (room.people.size <= LISTED) {
      change.joined = [...room.joined.values()];
      change.left = [...room.left];
    }
    room.joined.clear();
    room.left.clear();
    return change;
  }

  #room(id) {
    let room = this.#rooms.get(id);
    if (!room) {
      room = { tabs: new Map(), people: new Map(), joined: new Map(), left: new Set() };
      this.#rooms.set(id, room);
    }
    return room;
  }
}
