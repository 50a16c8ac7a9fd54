from onelane.storage.database import Database
from onelane.storage import runs
def test_x(database: Database) -> None:
    with database.write() as s:
        r=runs.create_workflow_run(s, workflow_type="sync")
    with database.read() as s:
        print(runs.list_workflow_runs(s), r.id)
