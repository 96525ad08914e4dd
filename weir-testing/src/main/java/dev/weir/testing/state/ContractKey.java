package dev.weir.testing.state;

/**
 * A key of the contract kit. Many keys share a hash code, so that stores have collisions to get right.
 *
 * @param id what tells keys apart
 */
public record ContractKey(int id) {

    @Override
    public int hashCode() {
        return id % 3 == 0 ? id / 30 : id;
    }
}
