package dev.weir.engine.exchange;

/**
 * Keeps what is in flight to what is consumed in a given time, by the size of batches; Flink's buffer debloating (FLIP-183).
 *
 * @param targetMillis in which all that is in flight is to be consumed
 * @param periodMillis between two looks at the throughput
 * @param samples that count in the mean of sizes
 * @param thresholdPercent of a size, by which another has to differ to be taken
 * @param startBytes the first size of a batch
 * @param minBytes the least
 */
public record Debloating(
        long targetMillis, long periodMillis, int samples, int thresholdPercent, int startBytes, int minBytes) {
    public Debloating {
        if (targetMillis < 1 || periodMillis < 1 || samples < 1 || minBytes < 1 || startBytes < minBytes) {
            throw new IllegalArgumentException("debloating needs targetMillis=" + targetMillis + " >= 1, periodMillis="
                    + periodMillis + " >= 1, samples=" + samples + " >= 1 and 1 <= minBytes=" + minBytes
                    + " <= startBytes=" + startBytes);
        }
    }
}
