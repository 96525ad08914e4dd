package dev.weir.flink.diagnosis;

import dev.weir.engine.diagnosis.FrameTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The table of frames that tasks have here. */
final class FlinkFrames {
    private static final String FILE = "frames.txt";

    private FlinkFrames() {}

    /** Reads it. */
    static FrameTable table() {
        try (InputStream in = FlinkFrames.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is not on the class path");
            }
            return FrameTable.of(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }
}
