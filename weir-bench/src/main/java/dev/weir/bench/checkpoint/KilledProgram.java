package dev.weir.bench.checkpoint;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The job that {@code bench/kill} kills: {@code KilledProgram MEGABYTES}. */
public final class KilledProgram {
    private KilledProgram() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(
                new Configuration().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1)));
        StateJob.define(env, Integer.parseInt(args[0]), 100, 0);
        env.execute("killed");
    }
}
