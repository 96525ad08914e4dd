package dev.weir.flink.record;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions.CompressionCodec;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.io.compression.BlockCompressionFactory;
import org.apache.flink.runtime.io.compression.BlockCompressor;
import org.apache.flink.runtime.io.compression.BlockDecompressor;

/**
 * The records of a blocking exchange as their serializer writes them, compressed by Flink's {@code
 * taskmanager.network.compression.codec}: the length of the plain bytes, then the block.
 */
public final class SerializedRecords implements RecordCodec {
    private static final int BYTES_FIRST = 4096;

    private final TypeSerializer<Object> serializer;
    private final CompressionCodec compression;
    private final DataOutputSerializer plain = new DataOutputSerializer(BYTES_FIRST);

    private SerializedRecords(TypeSerializer<Object> serializer, CompressionCodec compression) {
        this.serializer = serializer;
        this.compression = compression;
    }

    /** Uses a copy of the serializer. */
    public static SerializedRecords of(TypeSerializer<Object> serializer, Configuration configuration) {
        return new SerializedRecords(
                serializer.duplicate(), configuration.get(NettyShuffleEnvironmentOptions.SHUFFLE_COMPRESSION_CODEC));
    }

    @Override
    public byte[] write(RecordBatch batch, int count) throws IOException {
        plain.clear();
        for (int slot = 0; slot < count; slot++) {
            serializer.serialize(Whole.record(batch, slot), plain);
        }
        // compressors do not take nothing
        if (compression == CompressionCodec.NONE || plain.length() == 0) {
            return plain.getCopyOfBuffer();
        }
        BlockCompressor compressor = factory().getCompressor();
        byte[] block = new byte[Integer.BYTES + compressor.getMaxCompressedSize(plain.length())];
        ByteBuffer.wrap(block).putInt(plain.length());
        int length = compressor.compress(plain.getSharedBuffer(), 0, plain.length(), block, Integer.BYTES);
        return Arrays.copyOf(block, Integer.BYTES + length);
    }

    @Override
    public void read(byte[] bytes, Object[] records, int count) throws IOException {
        DataInputDeserializer in = new DataInputDeserializer(
                compression == CompressionCodec.NONE || bytes.length == 0 ? bytes : plain(bytes));
        for (int slot = 0; slot < count; slot++) {
            records[slot] = serializer.deserialize(in);
        }
    }

    private byte[] plain(byte[] block) throws IOException {
        byte[] bytes = new byte[ByteBuffer.wrap(block).getInt()];
        BlockDecompressor decompressor = factory().getDecompressor();
        int length = decompressor.decompress(block, Integer.BYTES, block.length - Integer.BYTES, bytes, 0);
        if (length != bytes.length) {
            throw new IOException("a block of plain length " + bytes.length + " has " + length + " bytes");
        }
        return bytes;
    }

    private BlockCompressionFactory factory() {
        return BlockCompressionFactory.createBlockCompressionFactory(compression);
    }
}
