"""Every store by its name, for programs that are told on the command line which one to use."""

from tests.faults.exchange_stores import Quarantined, Synced
from tests.faults.library_stores import Library, Versions
from tests.faults.stores import Blobs, Catalog, Hooked, Ingested, Maker, Traces
from tests.faults.user_files import Installed, RewrittenInPlace, UserFile

STORES: dict[str, Maker] = {
    one.__name__: one
    for one in (
        Blobs,
        Traces,
        Hooked,
        Ingested,
        Library,
        Versions,
        Catalog,
        UserFile,
        Installed,
        RewrittenInPlace,
        Quarantined,
        Synced,
    )
}
