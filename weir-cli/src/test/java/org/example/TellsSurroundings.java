package org.example;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Prints where it runs: its arguments and which loader has it. */
public final class TellsSurroundings {
    private TellsSurroundings() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        ClassLoader own = TellsSurroundings.class.getClassLoader();
        System.out.println("arguments=" + List.of(args));
        System.out.println("ownLoader=" + (own != StreamExecutionEnvironment.class.getClassLoader()));
        System.out.println("contextLoaderSeesIt="
                + (Thread.currentThread().getContextClassLoader().loadClass(TellsSurroundings.class.getName())
                        == TellsSurroundings.class));
        System.out.println("parallelism=" + env.getParallelism());
        System.out.println("name=" + env.getConfiguration().get(PipelineOptions.NAME));
        Files.writeString(Path.of(args[0]), "ran");
        env.fromData(1).sinkTo(new DiscardingSink<>());
        env.execute();
    }
}
