package dev.weir.flink.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.engine.diagnosis.Activity;
import dev.weir.engine.diagnosis.FrameTable;
import dev.weir.engine.diagnosis.Looks;
import dev.weir.engine.diagnosis.StackSample;
import dev.weir.engine.diagnosis.StackSampler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ThreadInfo;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** The table on stacks that were seen. */
class FlinkFramesTest {
    private static final FrameTable TABLE = FlinkFrames.table();

    @TestFactory
    Stream<DynamicTest> stacksThatWereSeen() throws IOException {
        try (InputStream in = FlinkFramesTest.class.getResourceAsStream("stacks.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(text.split("\n\n")).skip(1).map(stack -> {
                List<String> lines = stack.lines().toList();
                String[] expected = lines.get(0).split(" ");
                List<StackTraceElement> frames = lines.stream()
                        .skip(1)
                        .map(String::strip)
                        .map(FlinkFramesTest::frame)
                        .toList();
                return dynamicTest(expected[0] + " " + frames.get(0), () -> assertThat(
                                TABLE.classify(new StackSample(Thread.State.valueOf(expected[1]), frames)))
                        .isEqualTo(new FrameTable.Verdict(Activity.valueOf(expected[0]), expected[2])));
            });
        }
    }

    private static StackTraceElement frame(String name) {
        int dot = name.lastIndexOf('.');
        return new StackTraceElement(name.substring(0, dot), name.substring(dot + 1), null, -1);
    }

    /** The JVM takes a thread within a system call for running. */
    @Test
    @Timeout(60)
    void whoReadsFromAPipeWaitsForSomethingOutside() throws Exception {
        Pipe pipe = Pipe.open();
        Thread reader = new Thread(() -> {
            try {
                pipe.source().read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        reader.start();
        try (StackSampler stacks = new StackSampler()) {
            ThreadInfo seen = look(stacks, reader);
            while (!isReading(seen)) {
                seen = look(stacks, reader);
            }
            assertThat(seen.getThreadState()).isEqualTo(Thread.State.RUNNABLE);
            assertThat(TABLE.classify(StackSample.of(seen)).activity()).isEqualTo(Activity.OUTSIDE);
        } finally {
            pipe.sink().write(ByteBuffer.allocate(1));
            reader.join();
            pipe.source().close();
            pipe.sink().close();
        }
    }

    private static boolean isReading(ThreadInfo info) {
        StackTraceElement[] stack = info.getStackTrace();
        return stack.length > 0
                && stack[0].isNativeMethod()
                && stack[0].getMethodName().equals("read0");
    }

    private static ThreadInfo look(StackSampler stacks, Thread thread) throws Exception {
        Looks looks = stacks.sample(List.of(thread.getId()), 1, Duration.ZERO, 50, Duration.ofMinutes(1))
                .get();
        return looks.of(thread.getId()).get(0);
    }
}
