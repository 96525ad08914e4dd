package dev.weir.engine.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A vertex that holds others back, and why. Immutable.
 *
 * @param vertex its id
 * @param heldBack the names of those right above it that wait for it
 * @param busy share of the time of its busiest subtask, 0 to 1
 * @param records read by its subtasks since they began
 * @param keys what was read during the looks; null where it reads no keyed input, or did not answer
 * @param reasons in words, the weightiest first
 */
public record Culprit(
        String vertex,
        String name,
        int parallelism,
        List<String> heldBack,
        double busy,
        Profile profile,
        Spread records,
        @Nullable KeySpread keys,
        List<String> reasons) {

    /** What takes less of the time is no reason. */
    private static final double SHARE_MIN = 0.2;

    /** Collections are a reason earlier: a sound JVM spends a few hundredths on them. */
    private static final double GC_MIN = 0.1;

    /** A subtask that reads less than twice the mean is none that the others wait for. */
    private static final double SPREAD_MIN = 2;

    /** So many records have to have been looked at before one key stands out. */
    private static final long KEY_RECORDS_MIN = 20;

    public Culprit {
        heldBack = List.copyOf(heldBack);
        reasons = List.copyOf(reasons);
    }

    /** Puts what was measured together and says what follows. */
    public static Culprit of(
            String vertex,
            String name,
            List<String> heldBack,
            double busy,
            Profile profile,
            long[] recordsBySubtask,
            @Nullable KeySpread keys) {
        Spread records = Spread.of(recordsBySubtask);
        List<String> reasons = new ArrayList<>();
        for (Profile.Share share : profile.shares()) {
            double least = share.activity() == Activity.GC ? GC_MIN : SHARE_MIN;
            if (share.share() >= least && share.activity() != Activity.RUNTIME) {
                reasons.add(reason(share, profile));
            }
        }
        if (records.ratio() >= SPREAD_MIN) {
            reasons.add("skew: subtask " + (records.subtask() + 1) + " of " + recordsBySubtask.length + " reads "
                    + String.format(Locale.ROOT, "%.1f", records.ratio()) + " times the mean");
        }
        if (keys != null && keys.records() >= KEY_RECORDS_MIN && recordsBySubtask.length > 1) {
            for (KeySpread.Key key : keys.hottest()) {
                // more than a subtask's part of the records cannot be spread over subtasks
                if (key.share() >= SHARE_MIN && key.share() * recordsBySubtask.length > 1) {
                    reasons.add("hot key " + key.key() + ": " + percent(key.share()) + " of the records");
                }
            }
        }
        if (reasons.isEmpty() && profile.busyLooks() > 0) {
            reasons.add(reason(profile.shares().get(0), profile));
        }
        return new Culprit(vertex, name, recordsBySubtask.length, heldBack, busy, profile, records, keys, reasons);
    }

    private static String reason(Profile.Share share, Profile profile) {
        String text = share.activity().text() + ": " + percent(share.share()) + " of the busy time";
        return profile.methods().stream()
                .filter(method -> method.activity() == share.activity())
                .findFirst()
                .map(method -> text + ", most in " + method.name())
                .orElse(text);
    }

    private static String percent(double share) {
        return Math.round(100 * share) + " %";
    }
}
