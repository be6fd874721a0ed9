// The first screen: greeting, hours, privacy and what can be done here. And the same services as a row, later.

function firstScreen(options, say) {
  const box = make("section", "first");
  box.append(make("p", "greeting", options.greeting || HALL.greeting || WORDS.greeting));
  box.append(services("choices", say));
  box.append(make("p", "aside", HALL.hours ? WORDS.hours(HALL.hours) : WORDS.always));
  const privacy = make("p", "aside", WORDS.privacy);
  if (options.privacy) {
    const link = make("a", "", WORDS.policy);
    link.href = options.privacy;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    privacy.append(" ", link);
  }
  box.append(privacy);
  return box;
}

/** What the hall is asked for most, as it names it. */
function services(className, say) {
  const group = make("div", className);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", WORDS.quick);
  for (const { title, payload } of HALL.services) group.append(button("choice", title, () => say(title, payload)));
  return group;
}
