package dev.weir.rocksdb;

import dev.weir.rocksdb.KeyLayout.Place;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An entry in the database for each of a map: the user's key behind key and namespace, and a byte that tells null. */
final class MapForm<K, N, U, W> implements Form<K, N, Map<U, W>> {

    private final KeyLayout<K, N> layout;
    private final MapCodec<U, W> codec;
    private final Buffers buffers;
    private final BytesIn in;
    private final BytesOut out;

    MapForm(KeyLayout<K, N> layout, MapCodec<U, W> codec, Buffers buffers) {
        this.layout = layout;
        this.codec = codec;
        this.buffers = buffers;
        this.in = buffers.in();
        this.out = buffers.out();
    }

    MapCodec<U, W> codec() {
        return codec;
    }

    @Nullable
    W readValue(byte[] stored) throws IOException {
        in.setBuffer(stored);
        return codec.readValue(in);
    }

    byte[] writeValue(@Nullable W value) throws IOException {
        out.clear();
        codec.writeValue(value, out);
        return out.getCopyOfBuffer();
    }

    /** The stored key of an entry of the map at a place. */
    byte[] writeKey(byte[] place, U userKey) throws IOException {
        out.clear();
        out.write(place);
        codec.keys().write(userKey, out);
        return out.getCopyOfBuffer();
    }

    U readKey(byte[] stored, int placeBytes) throws IOException {
        return layout.readUserKey(stored, placeBytes, codec.keys());
    }

    @Override
    public Place<K, N> place(byte[] stored) throws IOException {
        return layout.read(stored);
    }

    @SuppressWarnings("NullAway") // the maps of users may hold null
    @Override
    public Map<U, W> read(Scan scan, Place<K, N> place) throws IOException {
        Map<U, W> map = new HashMap<>();
        byte[] prefix = Arrays.copyOf(scan.key(), place.end());
        do {
            map.put(readKey(scan.key(), place.end()), readValue(scan.value()));
            scan.advance();
        } while (scan.hasNext() && Scan.startsWith(scan.key(), prefix));
        return map;
    }

    @Override
    public void skip(Scan scan, Place<K, N> place) {
        byte[] prefix = Arrays.copyOf(scan.key(), place.end());
        do {
            scan.advance();
        } while (scan.hasNext() && Scan.startsWith(scan.key(), prefix));
    }

    @Override
    public MapForm<K, N, U, W> duplicate(KeyLayout<K, N> ofOther) {
        return new MapForm<>(ofOther, codec.duplicate(), buffers);
    }
}
