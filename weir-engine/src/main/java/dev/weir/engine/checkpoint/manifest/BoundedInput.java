package dev.weir.engine.checkpoint.manifest;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Bytes that may be anything. Each read says what it expects, and fails with the offset where that is not there. */
final class BoundedInput {
    private final String file;
    private final ByteBuffer bytes;
    /** Where the value that was read last started. */
    private int at;

    BoundedInput(String file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes);
    }

    CorruptManifestException corrupt(String what) {
        return new CorruptManifestException(file, at, what);
    }

    long peekLong() {
        return bytes.getLong(0);
    }

    /** Checks the four bytes at the end and takes them off. */
    void endAtChecksum(int least) throws CorruptManifestException {
        int end = bytes.limit() - Integer.BYTES;
        at = bytes.limit();
        if (end < least) {
            throw corrupt("it ends before its content");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(0).limit(end));
        int stored = bytes.getInt(end);
        if (stored != (int) crc.getValue()) {
            at = end;
            throw corrupt(
                    "crc32c=%08x != stored=%08x, it is truncated or damaged".formatted((int) crc.getValue(), stored));
        }
        bytes.limit(end);
    }

    void end() throws CorruptManifestException {
        at = bytes.position();
        if (bytes.hasRemaining()) {
            throw corrupt(bytes.remaining() + " bytes too many");
        }
    }

    int int8() throws CorruptManifestException {
        need(1);
        return Byte.toUnsignedInt(bytes.get());
    }

    int int32() throws CorruptManifestException {
        need(Integer.BYTES);
        return bytes.getInt();
    }

    long int64() throws CorruptManifestException {
        need(Long.BYTES);
        return bytes.getLong();
    }

    boolean flag() throws CorruptManifestException {
        return choice("flag", false, true);
    }

    @SafeVarargs
    final <T> T choice(String what, T... choices) throws CorruptManifestException {
        int code = int8();
        atMost(what, choices.length - 1L, code);
        return choices[code];
    }

    /** How many elements follow, each of at least so many bytes. */
    int count(int elementBytesMin) throws CorruptManifestException {
        int count = int32();
        if (count < 0 || (long) count * elementBytesMin > bytes.remaining()) {
            throw corrupt("count=" + count + ", but bytes left=" + bytes.remaining());
        }
        return count;
    }

    byte[] blob() throws CorruptManifestException {
        byte[] blob = new byte[count(1)];
        bytes.get(blob);
        return blob;
    }

    String text() throws CorruptManifestException {
        byte[] text = blob();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString();
        } catch (CharacterCodingException e) {
            throw corrupt("text of " + text.length + " bytes is not UTF-8");
        }
    }

    long[] longs() throws CorruptManifestException {
        long[] longs = new long[count(Long.BYTES)];
        bytes.asLongBuffer().get(longs);
        bytes.position(bytes.position() + longs.length * Long.BYTES);
        return longs;
    }

    long atLeast(String what, long min, long value) throws CorruptManifestException {
        if (value < min) {
            throw corrupt(what + "=" + value + " < " + min);
        }
        return value;
    }

    void atMost(String what, long max, long value) throws CorruptManifestException {
        if (value > max) {
            throw corrupt(what + "=" + value + " > " + max);
        }
    }

    private void need(int count) throws CorruptManifestException {
        at = bytes.position();
        if (bytes.remaining() < count) {
            throw corrupt("it ends where " + count + " bytes are expected");
        }
    }
}
