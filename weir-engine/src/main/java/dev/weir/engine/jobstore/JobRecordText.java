package dev.weir.engine.jobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A job's record as text, for people to read in an emergency: a line {@code weir-job 1}, lines {@code name value}, and a
 * last line {@code crc32c} of all before it.
 */
final class JobRecordText {
    private static final String HEADER = "weir-job 1";
    private static final String CHECKSUM = "crc32c ";
    private static final String FIRST = "first-checkpoint ";
    private static final String STOPPED = "stopped-with ";
    private static final String DROPPED = "dropped ";

    private JobRecordText() {}

    static byte[] write(JobRecord job) {
        StringBuilder text = new StringBuilder(HEADER)
                .append("\nid ")
                .append(job.jobId())
                .append("\nphase ")
                .append(job.phase())
                .append("\nnext-checkpoint ")
                .append(job.nextCheckpointId())
                .append('\n')
                .append(FIRST)
                .append(job.firstCheckpointId())
                .append('\n');
        if (job.stoppedWith() != null) {
            text.append(STOPPED).append(oneLine(job.stoppedWith())).append('\n');
        }
        for (String checkpoint : job.checkpoints()) {
            text.append("checkpoint ").append(oneLine(checkpoint)).append('\n');
        }
        for (String dropped : job.dropped()) {
            text.append(DROPPED).append(oneLine(dropped)).append('\n');
        }
        String content = text.toString();
        return (content + CHECKSUM + crc(content) + '\n').getBytes(StandardCharsets.UTF_8);
    }

    private static String oneLine(String path) {
        if (path.indexOf('\n') >= 0 || path.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a checkpoint's path has a line break: " + path);
        }
        return path;
    }

    static JobRecord read(String file, byte[] bytes) throws IOException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw damaged(file, "it is no UTF-8 text");
        }
        int end = text.lastIndexOf(CHECKSUM);
        if (end < 0 || !text.substring(end).equals(CHECKSUM + crc(text.substring(0, end)) + '\n')) {
            throw damaged(file, "its checksum does not fit");
        }
        List<String> lines = text.substring(0, end).lines().toList();
        if (lines.size() < 4 || !lines.get(0).equals(HEADER)) {
            throw damaged(file, "it does not start with '" + HEADER + "'; a later Weir may have written it");
        }
        String first = null;
        String stopped = null;
        List<String> checkpoints = new ArrayList<>();
        List<String> dropped = new ArrayList<>();
        for (String line : lines.subList(4, lines.size())) {
            if (line.startsWith(FIRST)) {
                first = value(file, line, FIRST);
            } else if (line.startsWith(STOPPED)) {
                stopped = value(file, line, STOPPED);
            } else if (line.startsWith(DROPPED)) {
                dropped.add(value(file, line, DROPPED));
            } else {
                checkpoints.add(value(file, line, "checkpoint "));
            }
        }
        try {
            String next = value(file, lines.get(3), "next-checkpoint ");
            return new JobRecord(
                    value(file, lines.get(1), "id "),
                    JobRecord.Phase.valueOf(value(file, lines.get(2), "phase ")),
                    // an earlier Weir wrote none
                    Long.parseLong(first == null ? next : first),
                    Long.parseLong(next),
                    stopped,
                    checkpoints,
                    dropped);
        } catch (IllegalArgumentException e) {
            throw damaged(file, e.toString());
        }
    }

    private static String value(String file, String line, String name) throws IOException {
        if (!line.startsWith(name)) {
            throw damaged(file, "'" + line + "' is not a line '" + name + "...'");
        }
        return line.substring(name.length());
    }

    private static String crc(String content) {
        CRC32C crc = new CRC32C();
        crc.update(content.getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted((int) crc.getValue());
    }

    private static IOException damaged(String file, String what) {
        return new IOException("job record " + file + " is damaged: " + what
                + "; start with --fresh, or restore one of the job's checkpoints by its path");
    }
}
