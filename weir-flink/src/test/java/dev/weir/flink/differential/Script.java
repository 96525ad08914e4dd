package dev.weir.flink.differential;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What one source subtask does, in order. */
record Script(ArrayList<Action> actions) implements Serializable {
    /** Width of the part of time that scripts usually cover, in milliseconds. */
    static final long SPAN = 100;

    /** One thing that a source does. */
    sealed interface Action extends Serializable {}

    /** @param timed false for a record that knows no time */
    record Emit(long key, long value, boolean timed, long timestamp) implements Action {}

    record Advance(long watermark) implements Action {}

    /** Says that it holds nobody back; ends with the next record or watermark. */
    record Rest() implements Action {}

    /**
     * What a whole source is like.
     *
     * @param records about how many in each subtask
     * @param keys so many different ones
     * @param jitter how far out of order
     * @param lag of watermarks behind the time; negative where they run ahead and make records late
     * @param untimed whether some records have no timestamp
     * @param extreme whether some timestamps are at the ends of time
     * @param least timestamp
     */
    record Habit(int records, int keys, long jitter, long lag, boolean untimed, boolean extreme, long least) {
        static Habit random(Random random, long least) {
            int records = random.nextInt(10) == 0 ? 0 : random.nextInt(8) == 0 ? 300 : 5 + random.nextInt(40);
            return new Habit(
                    records,
                    random.nextInt(4) == 0 ? 50 : 1 + random.nextInt(6),
                    random.nextInt(3) * (long) random.nextInt(30),
                    random.nextInt(40) - 10,
                    random.nextInt(12) == 0,
                    random.nextInt(12) == 0,
                    least);
        }
    }

    static Script random(Habit habit, Random random) {
        ArrayList<Action> actions = new ArrayList<>();
        long time = random.nextInt((int) SPAN) - SPAN / 2;
        long step = 1 + 2 * SPAN / Math.max(1, habit.records());
        int records = habit.records() == 0 ? 0 : 1 + random.nextInt(2 * habit.records());
        for (int i = 0; i < records; i++) {
            // equal timestamps are common
            time += random.nextInt(3) == 0 ? random.nextInt((int) step * 3) : 0;
            long jitter = habit.jitter() == 0 ? 0 : random.nextInt((int) habit.jitter());
            boolean timed = !habit.untimed() || random.nextInt(4) != 0;
            long timestamp = habit.extreme() && random.nextInt(5) == 0 ? extreme(habit, random) : time - jitter;
            actions.add(new Emit(random.nextInt(habit.keys()), random.nextInt(1000), timed, timestamp));
            int choice = random.nextInt(20);
            if (choice < 4) {
                actions.add(new Advance(time - habit.lag()));
            } else if (choice == 4) {
                // back in time, which sources may say and nobody hears
                actions.add(new Advance(time - SPAN));
            } else if (choice == 5) {
                actions.add(new Rest());
            } else if (choice == 6 && random.nextInt(20) == 0) {
                actions.add(new Advance(Long.MAX_VALUE));
            }
        }
        return new Script(actions);
    }

    private static long extreme(Habit habit, Random random) {
        List<Long> times = List.of(
                habit.least(),
                habit.least() + 1,
                habit.least() + 50,
                Long.MAX_VALUE,
                Long.MAX_VALUE - 1,
                Long.MAX_VALUE - 50,
                0L,
                -1L);
        return times.get(random.nextInt(times.size()));
    }
}
