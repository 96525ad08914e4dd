package dev.weir.engine.slot;

import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which slot each sharer has; slots are numbered from 0. Immutable.
 *
 * @param slots by sharer; no two have the same
 */
public record SlotTable(Map<SlotSharer, Integer> slots) {
    private static final String HEADER = "weir slots 1";

    /** Nobody has a slot. */
    public static final SlotTable EMPTY = new SlotTable(Map.of());

    /** Copies the map. */
    public SlotTable {
        slots = Map.copyOf(slots);
    }

    /**
     * Assigns slots anew: who had one goes back to it, and only then the others, in their order, take the lowest that are
     * free. So nobody drives out another.
     *
     * @param count how many slots there are
     * @param usable whether a slot still is what it was; one that is not is empty, and as good as any for a newcomer
     * @throws IllegalArgumentException where there are more sharers than slots
     */
    public SlotTable next(Collection<SlotSharer> sharers, int count, IntPredicate usable) {
        if (sharers.size() > count) {
            throw new IllegalArgumentException("sharers=" + sharers.size() + " > slots=" + count);
        }
        Map<SlotSharer, Integer> next = new LinkedHashMap<>();
        BitSet taken = new BitSet();
        for (SlotSharer sharer : sharers) {
            Integer before = slots.get(sharer);
            if (before != null && before < count && usable.test(before)) {
                next.put(sharer, before);
                taken.set(before);
            }
        }
        for (SlotSharer sharer : sharers) {
            if (!next.containsKey(sharer)) {
                int free = taken.nextClearBit(0);
                next.put(sharer, free);
                taken.set(free);
            }
        }
        return new SlotTable(next);
    }

    /** For the next process: a header, then a line for each sharer: slot, index, group. */
    public String text() {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        slots.entrySet().stream().sorted(Map.Entry.comparingByValue()).forEach(entry -> text.append(entry.getValue())
                .append(' ')
                .append(entry.getKey().index())
                .append(' ')
                .append(entry.getKey().group())
                .append('\n'));
        return text.toString();
    }

    /** Reads what {@link #text} has written; null where it is anything else. */
    public static @Nullable SlotTable parse(String text) {
        String[] lines = text.split("\n", -1);
        if (!lines[0].equals(HEADER) || !lines[lines.length - 1].isEmpty()) {
            return null;
        }
        Map<SlotSharer, Integer> slots = new LinkedHashMap<>();
        for (int line = 1; line < lines.length - 1; line++) {
            String[] words = lines[line].split(" ", 3);
            try {
                int slot = Integer.parseInt(words[0]);
                boolean fits = words.length == 3 && slot >= 0 && !slots.containsValue(slot);
                if (!fits || slots.put(new SlotSharer(words[2], Integer.parseInt(words[1])), slot) != null) {
                    return null;
                }
            } catch (NumberFormatException e) {
                return null;
            }
        }
        return new SlotTable(slots);
    }
}
