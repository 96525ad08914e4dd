package dev.weir.engine.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which frames mean which activity. Immutable.
 *
 * <p>A table is lines of KIND, ACTIVITY and PREFIX of a class or of a method of it; of several prefixes the longest counts.
 *
 * <ul>
 *   <li>{@code within}: a stack that has such a frame anywhere;
 *   <li>{@code top}: a stack whose innermost frame it is;
 *   <li>{@code own}: a frame with all that it calls;
 *   <li>{@code calls}: a frame; what it calls is user code, unless the table has it;
 *   <li>{@code pass}: a frame that says nothing about who wrote it, as those of the JDK; the activity is {@code -}.
 * </ul>
 *
 * <p>The innermost frame that the table knows decides, but what is serialized within state access is state access. What the
 * table does not know is user code.
 */
public final class FrameTable {
    private enum Kind {
        WITHIN,
        TOP,
        OWN,
        CALLS,
        PASS
    }

    private record Rule(@Nullable Activity activity, Kind kind, String prefix) {}

    /**
     * What a look at a thread comes to.
     *
     * @param frame the method to look at: the user's innermost, else the innermost that is not the JDK's
     */
    public record Verdict(Activity activity, String frame) {}

    private final Map<Kind, List<Rule>> rules = new EnumMap<>(Kind.class);

    private FrameTable() {
        for (Kind kind : Kind.values()) {
            rules.put(kind, new ArrayList<>());
        }
    }

    /**
     * Reads a table; empty lines and those that begin with {@code #} are passed over.
     *
     * @throws IllegalArgumentException for a line that is none
     */
    public static FrameTable of(List<String> lines) {
        FrameTable table = new FrameTable();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] words = line.strip().split("\\s+", -1);
            if (words.length != 3) {
                throw new IllegalArgumentException("no KIND ACTIVITY PREFIX: " + line);
            }
            Kind kind = Kind.valueOf(words[0].toUpperCase(Locale.ROOT));
            Activity activity = words[1].equals("-") ? null : Activity.valueOf(words[1].toUpperCase(Locale.ROOT));
            if ((activity == null) != (kind == Kind.PASS)) {
                throw new IllegalArgumentException("pass has no activity, and all others have one: " + line);
            }
            Kind list = kind == Kind.CALLS || kind == Kind.PASS ? Kind.OWN : kind;
            table.rules(list).add(new Rule(activity, kind, words[2]));
        }
        table.rules(Kind.OWN)
                .sort(Comparator.comparingInt((Rule rule) -> rule.prefix().length())
                        .reversed());
        return table;
    }

    private List<Rule> rules(Kind kind) {
        return rules.getOrDefault(kind, List.of());
    }

    private @Nullable Rule rule(Kind list, String frame) {
        for (Rule rule : rules(list)) {
            if (frame.startsWith(rule.prefix())) {
                return rule;
            }
        }
        return null;
    }

    /** Says what a thread was doing. */
    public Verdict classify(StackSample sample) {
        List<String> frames = sample.frames().stream()
                .map(frame -> frame.getClassName() + "." + frame.getMethodName())
                .toList();
        String shown = shown(frames);
        for (String frame : frames) {
            Rule within = rule(Kind.WITHIN, frame);
            if (within != null && within.activity() != null) {
                return new Verdict(within.activity(), shown);
            }
        }
        boolean waits = !sample.onCpu() || (!frames.isEmpty() && rule(Kind.TOP, frames.get(0)) != null);
        return new Verdict(waits ? Activity.OUTSIDE : innermost(frames), shown);
    }

    private Activity innermost(List<String> frames) {
        boolean unknown = false;
        boolean serializes = false;
        for (String frame : frames) {
            Rule rule = rule(Kind.OWN, frame);
            if (rule == null) {
                if (serializes) {
                    break;
                }
                unknown = true;
            } else if (rule.kind() != Kind.PASS && rule.activity() != null) {
                if (rule.activity() == Activity.SERIALIZATION) {
                    serializes = true;
                } else if (serializes) {
                    return rule.activity() == Activity.STATE ? Activity.STATE : Activity.SERIALIZATION;
                } else {
                    return unknown && rule.kind() == Kind.CALLS ? Activity.USER_CODE : rule.activity();
                }
            }
        }
        return serializes ? Activity.SERIALIZATION : unknown ? Activity.USER_CODE : Activity.RUNTIME;
    }

    private String shown(List<String> frames) {
        String innermost = "";
        for (String frame : frames) {
            Rule rule = rule(Kind.OWN, frame);
            if (rule == null || rule.activity() == Activity.USER_CODE) {
                return named(frame);
            }
            if (innermost.isEmpty() && rule.kind() != Kind.PASS) {
                innermost = frame;
            }
        }
        return named(innermost.isEmpty() && !frames.isEmpty() ? frames.get(0) : innermost);
    }

    /** Without what the JVM numbers. */
    private static String named(String frame) {
        return frame.replaceAll("/0x[0-9a-f]+", "").replaceAll("\\$\\$Lambda\\$[0-9]+", "\\$\\$Lambda");
    }
}
