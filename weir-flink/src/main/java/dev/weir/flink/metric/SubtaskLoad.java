package dev.weir.flink.metric;

/**
 * What a subtask does with its time, and how far it has come. Shares are of the time, 0 to 1, means of Flink's metrics over
 * the last minute; in an attempt's first seconds, before the first update, all is busy.
 *
 * @param busy NaN where it is not known: of legacy sources
 * @param backpressured soft and hard
 * @param recordsIn since the attempt began
 * @param inPoolUsage how full its input channels are
 * @param outPoolUsage how full its output channels are
 */
public record SubtaskLoad(
        int index,
        int attempt,
        double busy,
        double idle,
        double backpressured,
        long recordsIn,
        long recordsOut,
        double inPoolUsage,
        double outPoolUsage) {}
