// The way to the stand-in: what the person sees, what they do, and the word that something has changed.

export async function see(person) {
  const answer = await fetch(`/see/${encodeURIComponent(person)}`);
  if (!answer.ok) throw new Error(`the stand-in answered ${answer.status}`);
  return answer.json();
}

/** Do something as a person. Never throws: what went wrong comes as `failure`. */
export async function act(person, name, body) {
  return post(`/do/${encodeURIComponent(person)}/${name}`, body);
}

export async function damage(day) {
  return post("/world/damage", { day });
}

async function post(path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { failure: "the sandbox has ended" };
  }
}

export async function look() {
  try {
    const answer = await fetch("/world");
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Call `changed` whenever something may have changed, and `away` while the stand-in is not to be reached. */
export function listen(changed, away) {
  const source = new EventSource("/live");
  source.onmessage = () => { away(false); changed(); };
  source.onerror = () => away(true);
}
