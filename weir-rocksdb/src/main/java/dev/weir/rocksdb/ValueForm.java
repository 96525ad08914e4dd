package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.rocksdb.KeyLayout.Place;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One entry in the database for one of the table: the value as its codec writes it. */
final class ValueForm<K, N, V> implements Form<K, N, V> {

    private final KeyLayout<K, N> layout;
    private final Codec<V> values;
    private final Buffers buffers;
    private final BytesIn in;
    private final BytesOut out;

    ValueForm(KeyLayout<K, N> layout, Codec<V> values, Buffers buffers) {
        this.layout = layout;
        this.values = values;
        this.buffers = buffers;
        this.in = buffers.in();
        this.out = buffers.out();
    }

    Codec<V> values() {
        return values;
    }

    @Nullable
    V read(byte[] stored) throws IOException {
        in.setBuffer(stored);
        return values.read(in);
    }

    @SuppressWarnings("NullAway") // whether null can be written is the codec's business
    byte[] write(@Nullable V value) throws IOException {
        out.clear();
        values.write(value, out);
        return out.getCopyOfBuffer();
    }

    @Override
    public Place<K, N> place(byte[] stored) throws IOException {
        return layout.read(stored);
    }

    @Override
    public @Nullable V read(Scan scan, Place<K, N> place) throws IOException {
        V value = read(scan.value());
        scan.advance();
        return value;
    }

    @Override
    public void skip(Scan scan, Place<K, N> place) {
        scan.advance();
    }

    @Override
    public ValueForm<K, N, V> duplicate(KeyLayout<K, N> ofOther) {
        return new ValueForm<>(ofOther, values.duplicate(), buffers);
    }
}
