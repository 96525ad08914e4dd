package dev.weir.engine.diagnosis;

/**
 * How evenly something is spread over subtasks.
 *
 * @param max of one subtask
 * @param mean of all
 * @param subtask that has the most, from 0
 */
public record Spread(long max, double mean, int subtask) {

    /** Of the values of subtasks, by index; of none it is even. */
    public static Spread of(long[] values) {
        long sum = 0;
        int most = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i];
            most = values[i] > values[most] ? i : most;
        }
        return values.length == 0 ? new Spread(0, 0, 0) : new Spread(values[most], (double) sum / values.length, most);
    }

    /** The most by the mean: 1 is even, the number of subtasks is the worst there is. */
    public double ratio() {
        return mean == 0 ? 1 : max / mean;
    }
}
