package dev.weir.flink.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions.CompressionCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SerializedRecordsTest {
    private static final int COUNT = 500;

    private record Batch(Object[] values, long[] timestamps, long[] words, @Nullable RowFormat format)
            implements RecordBatch {}

    @SuppressWarnings("unchecked") // records are objects at run time
    private static SerializedRecords codec(CompressionCodec compression) {
        return SerializedRecords.of(
                (TypeSerializer<Object>) (TypeSerializer<?>) Types.STRING.createSerializer(new SerializerConfigImpl()),
                new Configuration().set(NettyShuffleEnvironmentOptions.SHUFFLE_COMPRESSION_CODEC, compression));
    }

    private static String text(int number) {
        return number + " of " + "a".repeat(100);
    }

    private static Batch batch() {
        Object[] values = IntStream.range(0, COUNT)
                .mapToObj(i -> i % 3 == 0 ? new Whole(text(i)) : text(i))
                .toArray();
        return new Batch(values, new long[COUNT], new long[0], null);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReadIsWhatWasWrittenAndSmallerByEveryCodec(CompressionCodec compression) throws IOException {
        byte[] bytes = codec(compression).write(batch(), COUNT);

        Object[] read = new Object[COUNT + 1];
        codec(compression).read(bytes, read, COUNT);

        assertThat(Arrays.copyOf(read, COUNT))
                .containsExactly(IntStream.range(0, COUNT)
                        .mapToObj(SerializedRecordsTest::text)
                        .toArray());
        if (compression == CompressionCodec.NONE) {
            assertThat(bytes.length).isGreaterThan(COUNT * 100);
        } else {
            assertThat(bytes.length).isLessThan(COUNT * 30);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noRecordsAreNoBytes(CompressionCodec compression) throws IOException {
        byte[] bytes = codec(compression).write(batch(), 0);

        assertThat(bytes).isEmpty();
        codec(compression).read(bytes, new Object[1], 0);
    }

    @Test
    void damageIsFound() throws IOException {
        byte[] bytes = codec(CompressionCodec.LZ4).write(batch(), COUNT);

        assertThatThrownBy(() -> codec(CompressionCodec.LZ4)
                        .read(Arrays.copyOf(bytes, bytes.length / 2), new Object[COUNT], COUNT))
                .isInstanceOf(Exception.class);
    }
}
